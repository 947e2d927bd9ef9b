"""The print templates that every company begins with: the dispatch slip, the contract, the receipt."""

# ruff: noqa: E501  # a row of a table stands in one line, as its author would write it

from __future__ import annotations

from app.engine.printing.papers import A4, A5_WIDE, ROLL, TRIPLICATE, Template
from app.engine.printing.templates import ship

FOOT = """<footer><table widths="70 30" lines="none"><tr><td>{{ "打印" | en("Printed") }} {{ print.by }} {{ print.at }}</td><td align="right">{{ "第" | en("Page") }} {{ print.page }} / {{ print.pages }} {{ "页" | en("") }}</td></tr></table></footer>
"""

SLIP = """<table widths="74 26" lines="none"><tr>
<td><h1>{{ print.company }} {{ "派工单" | en("Dispatch slip") }}</h1>
<p><b>{{ number }}</b>　{{ state }}{% if print.copy %}　{{ "联次" | en("Copy") }}: <b>{{ print.copy }}</b>{% endif %}</p></td>
<td align="right">{{ print.signed | qr(26) }}</td>
</tr></table>
<table widths="15 35 15 35">
<tr><th>{{ "客户" | en("Customer") }}</th><td>{{ order.customer.name }}</td><th>{{ "电话" | en("Phone") }}</th><td>{{ order.customer.phone }}</td></tr>
<tr><th>{{ "服务" | en("Service") }}</th><td>{{ order.service }}</td><th>{{ "订单" | en("Order") }}</th><td>{{ order.number }}</td></tr>
<tr><th>{{ "地址" | en("Address") }}</th><td span="3">{{ order.city }}{{ order.district }}{{ order.address }} {{ order.door }}</td></tr>
<tr><th>{{ "护工" | en("Carer") }}</th><td>{{ worker.name }}</td><th>{{ "电话" | en("Phone") }}</th><td>{{ worker.phone }}</td></tr>
<tr><th>{{ "开始" | en("Starts") }}</th><td>{{ starts_at }}</td><th>{{ "结束" | en("Ends") }}</th><td>{{ ends_at }}</td></tr>
{% if order.customer.diet or order.customer.habits %}<tr><th>{{ "照护" | en("Care") }}</th><td span="3">{{ order.customer.diet }} {{ order.customer.habits }}</td></tr>{% endif %}
{% if order.special %}<tr><th>{{ "要求" | en("Wishes") }}</th><td span="3">{{ order.special }}</td></tr>{% endif %}
<tr height="13"><th>{{ "签到" | en("Arrived") }}</th><td>{{ checked_in_at }}</td><th>{{ "完成" | en("Finished") }}</th><td>{{ finished_at }}</td></tr>
<tr height="15"><th>{{ "护工签字" | en("Carer signs") }}</th><td></td><th>{{ "客户签字" | en("Customer signs") }}</th><td></td></tr>
</table>
"""

SMALL_SLIP = """<h2 align="center">{{ print.company }}</h2>
<h1 align="center">{{ "派工单" | en("Dispatch slip") }}</h1>
<p align="center">{{ number }}　{{ state }}</p>
<hr>
<p><b>{{ "客户" | en("Customer") }}</b> {{ order.customer.name }} {{ order.customer.phone }}</p>
<p><b>{{ "地址" | en("Address") }}</b> {{ order.district }}{{ order.address }} {{ order.door }}</p>
<p><b>{{ "服务" | en("Service") }}</b> {{ order.service }}</p>
<p><b>{{ "护工" | en("Carer") }}</b> {{ worker.name }}</p>
<p><b>{{ "时间" | en("Time") }}</b> {{ starts_at }} – {{ ends_at }}</p>
{% if order.special %}<p><b>{{ "要求" | en("Wishes") }}</b> {{ order.special }}</p>{% endif %}
<hr>
<p align="center">{{ print.signed | qr(32) }}</p>
<p align="center"><small>{{ print.by }} {{ print.at }}</small></p>
"""

CONTRACT = """<h1 align="center">{{ print.company }} {{ "服务合同" | en("Service contract") }}</h1>
<p align="center">{{ number }}　{{ state }}</p>
<table widths="18 32 18 32">
<tr><th>{{ "甲方" | en("Customer") }}</th><td>{{ customer.name }}</td><th>{{ "电话" | en("Phone") }}</th><td>{{ customer.phone }}</td></tr>
<tr><th>{{ "乙方" | en("Company") }}</th><td>{{ print.company }} {{ store.name }}</td><th>{{ "电话" | en("Phone") }}</th><td>{{ store.phone }}</td></tr>
<tr><th>{{ service | label }}</th><td>{{ service }}</td><th>{{ "期限" | en("Term") }}</th><td>{{ starts_on }} – {{ ends_on | default("—") }}</td></tr>
{% if monthly %}<tr><th>{{ monthly | label }}</th><td>{{ monthly }}</td><th>{{ total | label }}</th><td>{{ total }}</td></tr>{% endif %}
{% if total %}<tr><th>{{ "大写" | en("In words") }}</th><td span="3">{{ total | rmb }}</td></tr>{% endif %}
</table>
{% if terms %}<h2>{{ "条款" | en("Terms") }}</h2>
<p>{{ terms }}</p>{% endif %}
<gap mm="8">
<table widths="50 50" lines="none">
<tr><td>{{ "甲方签字" | en("Customer signs") }}:
{{ signature | picture(45) }}</td><td valign="top">{{ "乙方盖章" | en("Company's seal") }}:</td></tr>
<tr><td>{{ "签订日期" | en("Signed on") }}: {{ signed_on | date }}</td><td align="right">{{ print.signed | qr(22) }}</td></tr>
</table>
""" + FOOT

RECEIPT = """<table widths="76 24" lines="none"><tr><td><h1>{{ print.company }} {{ "收据" | en("Receipt") }}</h1>
<p><b>{{ number }}</b></p></td><td align="right">{{ print.signed | qr(22) }}</td></tr></table>
<table widths="20 30 20 30">
<tr><th>{{ "交款人" | en("Paid by") }}</th><td>{{ customer.name }}</td><th>{{ received_on | label }}</th><td>{{ received_on | date }}</td></tr>
<tr><th>{{ amount | label }}</th><td><b>{{ amount }}</b></td><th>{{ method | label }}</th><td>{{ method }}</td></tr>
<tr><th>{{ "大写" | en("In words") }}</th><td span="3">{{ amount | rmb }}</td></tr>
<tr><th>{{ "应收单" | en("For") }}</th><td>{{ receivable.number }}</td><th>{{ "订单" | en("Order") }}</th><td>{{ receivable.order.number }}</td></tr>
{% if note %}<tr><th>{{ note | label }}</th><td span="3">{{ note }}</td></tr>{% endif %}
</table>
<gap mm="4">
<table widths="50 50" lines="none"><tr><td>{{ "收款人" | en("Received by") }}: {{ print.by }}</td><td>{{ "单位盖章" | en("Company's seal") }}:</td></tr></table>
""" + FOOT

SMALL_RECEIPT = """<h2 align="center">{{ print.company }}</h2>
<h1 align="center">{{ "收据" | en("Receipt") }}</h1>
<p align="center">{{ number }}</p>
<hr>
<p><b>{{ "交款人" | en("Paid by") }}</b> {{ customer.name }}</p>
<p><b>{{ amount | label }}</b> <big>{{ amount }}</big></p>
<p>{{ amount | rmb }}</p>
<p><b>{{ method | label }}</b> {{ method }}　{{ received_on | date }}</p>
<p><b>{{ "应收单" | en("For") }}</b> {{ receivable.number }}</p>
<hr>
<p align="center">{{ print.signed | qr(30) }}</p>
<p align="center"><small>{{ print.by }} {{ print.at }}</small></p>
"""

PLIES = ("存根/Stub", "客户/Customer", "结算/Account")
for one in (
    Template("Visit", "slip-a4", "派工单 A4", "Dispatch slip, A4", A4, first=True, body=SLIP + FOOT),
    Template("Visit", "slip-triplicate", "派工单 三联", "Dispatch slip, triplicate", TRIPLICATE, copies=PLIES, body=SLIP + FOOT),
    Template("Visit", "slip-roll", "派工单 80 毫米", "Dispatch slip, 80 mm", ROLL, body=SMALL_SLIP),
    Template("Contract", "contract-a4", "服务合同 A4", "Contract, A4", A4, first=True, body=CONTRACT),
    Template("Receipt", "receipt-a5", "收据 A5", "Receipt, A5", A5_WIDE, first=True, body=RECEIPT),
    Template("Receipt", "receipt-roll", "收据 80 毫米", "Receipt, 80 mm", ROLL, body=SMALL_RECEIPT),
):
    ship(one)
