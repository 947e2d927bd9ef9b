import re
def test_probe(client, count_queries):
    for who in ("bj-agent","bj-dispatch","bj-finance","bj-manager","bj-admin","hq","sh-admin","sh-agent"):
        p = client(who,"en"); p.get("/")
        with count_queries() as sent:
            a = p.get("/")
        print(who, a.status_code, sent.count)
        for m in re.findall(r'jh-tile t-(\w*)" href="([^"]*)"><b class="fig">([^<]*)</b><span>([^<]*)', a.text): print("   ", m)
        for m in re.findall(r'<h2>([^<]*)|<div class="li"><a href="([^"]*)">([^<]*)<span class="sub">([^<]*)</span></a>(?:<span class="st st-(\w*)">([^<]*))?', a.text): print("      ", [x for x in m if x])
        if who in ("bj-agent",): print("\n".join(s[:1500] for s in sent))
        p.get("/dashboard/")
        with count_queries() as sent:
            a = p.get("/dashboard/")
        print(who, "dash", a.status_code, sent.count)
