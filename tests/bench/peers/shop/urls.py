"""The admin and the JSON interface."""

from __future__ import annotations

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.urls import include, path
from django.utils.functional import cached_property
from rest_framework import pagination, routers, serializers, viewsets

from tests.bench.peers.shop.models import Customer, Order, Order100, Service, Staff, Store


class Estimated(Paginator):
    """What is not filtered is not counted: the planner's own estimate will do."""

    @cached_property
    def count(self) -> int:
        query = self.object_list.query
        if query.where:
            return super().count
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [query.model._meta.db_table])
            return cursor.fetchone()[0]


@admin.register(Staff, Store, Service)
class NamedAdmin(admin.ModelAdmin):
    search_fields = ("name",)


class Large(admin.ModelAdmin):
    """What both large tables have in common."""

    paginator, show_full_result_count, list_per_page = Estimated, False, 25


@admin.register(Customer)
class CustomerAdmin(Large):
    list_display = ("name", "phone", "attention", "level", "district", "source", "owner")
    list_select_related = ("owner",)
    list_filter = ("attention", "level")
    search_fields = ("name__contains",)  # case does not matter in Chinese, and this one uses the index of trigrams
    autocomplete_fields = ("owner",)
    ordering = ("-id",)


@admin.register(Order)
class OrderAdmin(Large):
    list_display = ("number", "customer_name", "service", "starts_at", "district", "amount", "state", "owner")
    list_select_related = ("customer", "service", "owner")
    list_filter = ("state", "store", "service")
    search_fields = ("number__startswith",)
    autocomplete_fields = ("customer", "service", "store", "owner")
    ordering = ("-starts_at", "-id")

    @admin.display(description="customer", ordering="customer__name")
    def customer_name(self, order) -> str:
        return order.customer.name


@admin.register(Order100)
class HundredAdmin(OrderAdmin):
    list_per_page = 100


class OrderJson(serializers.ModelSerializer):
    customer_name = serializers.CharField(source="customer.name")
    service_name = serializers.CharField(source="service.name")
    owner_name = serializers.CharField(source="owner.name")

    class Meta:
        model = Order
        exclude = ("store", "city")


class Cursor(pagination.CursorPagination):
    page_size, ordering = 25, "-id"


class Orders(viewsets.ReadOnlyModelViewSet):
    queryset = Order.objects.select_related("customer", "service", "owner")
    serializer_class, pagination_class = OrderJson, Cursor


router = routers.SimpleRouter()
router.register("orders", Orders)
urlpatterns = [path("admin/", admin.site.urls), path("api/", include(router.urls))]
