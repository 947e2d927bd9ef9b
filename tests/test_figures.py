"""A figure may ask anything that a list may: trees and links included, under the rights of who looks."""

from __future__ import annotations

from app.engine.current import acting


def test_a_figure_counts_what_its_list_shows(app, truth):
    from app.models.order import Order
    from app.web.figures import Figure, Listing, lists, tiles

    ask = "where=(or(state.eq.placed,customer.level.eq.vip))&sort=-starts_at"
    ((pk, store, roles),) = truth("SELECT id, store_id, roles FROM staff WHERE username = 'bj-admin'")
    with app.test_request_context(), acting(tenant_id=2, actor_id=pk, store_id=store, roles=frozenset(roles)):
        ((count,),) = truth(
            'SELECT count(*) FROM "order" o JOIN customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id'
            " WHERE o.tenant_id = 2 AND (o.state = 'placed' OR c.level = 'vip')"
        )
        assert count
        (tile,) = tiles([Figure("n", Order, ask)])
        assert tile["value"] == f"{count:,}"
        (shown,) = lists([Listing("t", Order, ask, "", ("number",))])
        assert len(shown["rows"]) == min(count, 8)
    with app.test_request_context(), acting(tenant_id=2, actor_id=pk, store_id=store, roles=frozenset({"carer"})):
        assert tiles([Figure("n", Order, ask)]) == [], "left out, not shown as zero"
