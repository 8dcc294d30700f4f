from datetime import timedelta
from decimal import Decimal

from django.utils.timezone import now
from django_scopes import scope
from pretix.base import models as m
from pretix.base.models.giftcards import GiftCardTransaction

PLUGINS = (
    "pretix.plugins.sendmail,pretix.plugins.statistics,pretix.plugins.checkinlists,"
    "pretix.plugins.banktransfer,pretix.plugins.ticketoutputpdf,pretix.plugins.badges,"
    "pretix.plugins.manualpayment,pretix.plugins.returnurl,pretix.plugins.autocheckin,"
    "pretix.plugins.reports,pretix.plugins.webcheckin"
)
admin = m.User.objects.create_superuser("admin@example.org", "a-long-pass-word")
people = [m.User.objects.create_user(f"user{n}@example.org", "a-long-pass-word") for n in range(6)]
organizer = m.Organizer.objects.create(name="Club", slug="club", plugins="")
m.Organizer.objects.create(name="Other", slug="other")
start = now() + timedelta(days=40)


def team(name, members):
    made = m.Team.objects.create(
        organizer=organizer,
        name=name,
        all_events=True,
        all_event_permissions=True,
        all_organizer_permissions=True,
    )
    made.members.add(*members)
    m.TeamAPIToken.objects.create(team=made, name=f"{name}'s")
    m.TeamInvite.objects.create(team=made, email=f"{name}@example.org")


def order(event, number, items, customers, question, subevent=None):
    made = m.Order.objects.create(
        code=f"O{number:04}",
        event=event,
        email=f"guest{number}@example.org",
        locale="en",
        status=m.Order.STATUS_PAID if number % 3 else m.Order.STATUS_PENDING,
        datetime=now(),
        expires=now() + timedelta(days=10),
        total=Decimal("66.00"),
        customer=customers[number % len(customers)],
        sales_channel=organizer.sales_channels.get(identifier="web"),
    )
    guest = {"_scheme": "full", "full_name": f"Guest {number}"}
    m.InvoiceAddress.objects.create(
        order=made, name_parts=guest, customer=made.customer, country="DE"
    )
    for place in range(3):
        position(made, number, place, items[(number + place) % len(items)], question, subevent)
    pay(made, number)
    made.log_action("pretix.event.order.placed", user=admin, data={})
    made.log_action("pretix.event.order.contact.changed", user=people[number % 6], data={})
    return made


def position(order, number, place, item, question, subevent):
    sold = m.OrderPosition.objects.create(
        order=order,
        item=item,
        variation=item.variations.first(),
        price=Decimal("21.00"),
        positionid=place + 1,
        attendee_email=order.email,
        attendee_name_parts={"_scheme": "full", "full_name": f"Guest {number}.{place}"},
        subevent=subevent,
        tax_rule=item.tax_rule,
        voucher=item.vouchers.first(),
    )
    given = m.QuestionAnswer.objects.create(orderposition=sold, question=question, answer="Some")
    given.options.add(*question.options.all())
    if number % 2 and order.status == m.Order.STATUS_PAID:
        gate, device = organizer.gates.first(), organizer.devices.first()
        within = order.event.checkin_lists.first()
        m.Checkin.objects.create(position=sold, list=within, gate=gate, device=device)


def pay(order, number):
    rule = order.event.tax_rules.first()
    fee = m.OrderFee.objects.create(
        order=order, value=Decimal("3.00"), fee_type="payment", tax_rule=rule
    )
    if order.status == m.Order.STATUS_PAID:
        paid = m.OrderPayment.objects.create(
            order=order,
            state="confirmed",
            amount=order.total,
            provider="banktransfer",
            fee=fee,
            payment_date=now(),
        )
        if number % 4 == 0:
            back = {"state": "done", "source": "admin", "amount": Decimal("1.00")}
            m.OrderRefund.objects.create(order=order, payment=paid, provider="manual", **back)


def invoice(order, number):
    made = m.Invoice.objects.create(
        order=order,
        event=order.event,
        organizer=organizer,
        prefix="INV-",
        invoice_no=f"{number:05}",
        invoice_from="Club",
        invoice_to="Guest",
        locale="en",
    )
    for line in range(3):
        made.lines.create(
            position=line,
            description="A place",
            gross_value=Decimal("21.00"),
            tax_name="VAT",
            tax_rate=Decimal("19.00"),
            item=order.positions.first().item,
        )


def event(number, series=False):
    made = m.Event.objects.create(
        organizer=organizer,
        name=f"Event {number}",
        slug=f"e{number}",
        live=True,
        is_public=True,
        date_from=start + timedelta(days=number),
        date_to=start + timedelta(days=number + 1),
        currency="EUR",
        plugins=PLUGINS,
        has_subevents=series,
    )
    made.set_defaults()
    made.settings.timezone = "UTC"
    dates = [None]
    if series:
        days = [start + timedelta(days=n) for n in range(6)]
        dates = [
            m.SubEvent.objects.create(event=made, name=f"Date {n}", active=True, date_from=day)
            for n, day in enumerate(days)
        ]
    items = goods(made)
    for date in dates:
        quotas(made, items, date)
    wanted(made, number, items, dates[0])
    return made, items, questions(made, items), dates


def goods(event):
    tax = m.TaxRule.objects.create(event=event, name="VAT", rate=Decimal("19.00"))
    categories = [
        m.ItemCategory.objects.create(
            event=event, name=f"Category {n}", position=n, is_addon=n == 2
        )
        for n in range(3)
    ]
    items = []
    for n in range(8):
        item = m.Item.objects.create(
            event=event,
            name=f"Item {n}",
            category=categories[n % 3],
            tax_rule=tax,
            default_price=Decimal("21.00"),
            admission=n % 2 == 0,
            position=n,
            personalized=True,
        )
        for v in range(3 if n % 2 else 0):
            m.ItemVariation.objects.create(item=item, value=f"Variation {v}", position=v)
        items.append(item)
    for item in items[:6]:
        m.ItemAddOn.objects.create(base_item=item, addon_category=categories[2], max_count=3)
    m.ItemBundle.objects.create(base_item=items[0], bundled_item=items[2], count=1)
    return items


def quotas(event, items, date):
    for n in range(6):
        quota = m.Quota.objects.create(event=event, name=f"Quota {n}", size=500, subevent=date)
        for item in items[n:] if n else items:
            quota.items.add(item)
            quota.variations.add(*item.variations.all())
    for name in ("All", "Some"):
        m.CheckinList.objects.create(event=event, name=f"{name} {date or ''}", subevent=date)


def wanted(event, number, items, date):
    for n in range(10):
        item = items[n % 8]
        voucher = m.Voucher.objects.create(
            event=event,
            code=f"CODE{number}{n}",
            item=item if n % 2 else None,
            quota=None if n % 2 else event.quotas.first(),
            max_usages=5,
            tag=f"tag{n % 3}",
            subevent=date,
        )
        what = {"item": item, "variation": item.variations.first(), "subevent": date}
        m.WaitingListEntry.objects.create(
            event=event,
            email=f"waits{n}@example.org",
            voucher=voucher if n % 2 else None,
            **what,
        )
        m.CartPosition.objects.create(
            event=event,
            cart_id=f"cart{number}{n}",
            price=Decimal("21.00"),
            expires=now() + timedelta(days=1),
            voucher=voucher if n % 3 == 0 else None,
            **what,
        )


def questions(event, items):
    for n in range(4):
        m.Discount.objects.create(
            event=event,
            internal_name=f"Discount {n}",
            position=n,
            benefit_discount_matching_percent=Decimal("10.00"),
            condition_min_count=2,
        )
        question = m.Question.objects.create(
            event=event, question=f"Question {n}?", type="M", position=n, identifier=f"Q{n}"
        )
        question.items.add(*items)
        for o in range(4):
            m.QuestionOption.objects.create(
                question=question, answer=f"Option {o}", identifier=f"O{n}{o}", position=o
            )
    return question


with scope(organizer=organizer):
    team("crew", [admin, *people[:3]])
    team("helpers", people)
    types = [
        m.MembershipType.objects.create(organizer=organizer, name=f"Type {n}") for n in range(3)
    ]
    gates = [m.Gate.objects.create(organizer=organizer, name=f"Gate {n}") for n in range(3)]
    for n in range(6):
        device = m.Device.objects.create(
            organizer=organizer, name=f"Device {n}", gate=gates[n % 3], all_events=n % 2 == 0
        )
    customers = []
    for n in range(8):
        customer = m.Customer.objects.create(
            organizer=organizer,
            email=f"customer{n}@example.org",
            name_parts={"_scheme": "full", "full_name": f"Customer {n}"},
        )
        customers.append(customer)
        for kind in types:
            m.Membership.objects.create(
                customer=customer,
                membership_type=kind,
                date_start=now(),
                date_end=start + timedelta(days=100),
            )
        card = m.GiftCard.objects.create(issuer=organizer, currency="EUR", customer=customer)
        GiftCardTransaction.objects.create(card=card, value=Decimal("10.00"), acceptor=organizer)
    organizer.settings.customer_accounts = True
    for number in range(4):
        made, items, question, dates = event(number, series=number == 3)
        for device in organizer.devices.all():
            device.limit_events.add(made)
        for count in range(4 if number == 2 else 16):
            placed = order(
                made, number * 100 + count, items, customers, question, dates[count % len(dates)]
            )
            if count < 6:
                invoice(placed, number * 100 + count)
    print(m.Order.objects.count(), m.OrderPosition.objects.count(), m.LogEntry.objects.count())
