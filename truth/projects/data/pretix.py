from datetime import timedelta
from decimal import Decimal

from django.utils.timezone import now
from django_scopes import scope
from pretix.base.models import (
    CartPosition,
    Checkin,
    CheckinList,
    Customer,
    Device,
    Discount,
    Event,
    Gate,
    GiftCard,
    Invoice,
    InvoiceAddress,
    Item,
    ItemAddOn,
    ItemBundle,
    ItemCategory,
    ItemVariation,
    LogEntry,
    Membership,
    MembershipType,
    Order,
    OrderFee,
    OrderPayment,
    OrderPosition,
    OrderRefund,
    Organizer,
    Question,
    QuestionAnswer,
    QuestionOption,
    Quota,
    SubEvent,
    TaxRule,
    Team,
    TeamAPIToken,
    TeamInvite,
    User,
    Voucher,
    WaitingListEntry,
)
from pretix.base.models.giftcards import GiftCardTransaction

PLUGINS = (
    "pretix.plugins.sendmail,pretix.plugins.statistics,pretix.plugins.checkinlists,"
    "pretix.plugins.banktransfer,pretix.plugins.ticketoutputpdf,pretix.plugins.badges,"
    "pretix.plugins.manualpayment,pretix.plugins.returnurl,pretix.plugins.autocheckin,"
    "pretix.plugins.reports,pretix.plugins.webcheckin"
)
admin = User.objects.create_superuser("admin@example.org", "a-long-pass-word")
people = [User.objects.create_user(f"user{n}@example.org", "a-long-pass-word") for n in range(6)]
organizer = Organizer.objects.create(name="Club", slug="club", plugins="")
Organizer.objects.create(name="Other", slug="other")
start = now() + timedelta(days=40)


def team(name, members):
    made = Team.objects.create(
        organizer=organizer,
        name=name,
        all_events=True,
        all_event_permissions=True,
        all_organizer_permissions=True,
    )
    made.members.add(*members)
    TeamAPIToken.objects.create(team=made, name=f"{name}'s")
    TeamInvite.objects.create(team=made, email=f"{name}@example.org")


def order(event, number, items, customers, question, subevent=None):
    made = Order.objects.create(
        code=f"O{number:04}",
        event=event,
        email=f"guest{number}@example.org",
        locale="en",
        status=Order.STATUS_PAID if number % 3 else Order.STATUS_PENDING,
        datetime=now(),
        expires=now() + timedelta(days=10),
        total=Decimal("66.00"),
        customer=customers[number % len(customers)],
        sales_channel=organizer.sales_channels.get(identifier="web"),
    )
    InvoiceAddress.objects.create(
        order=made,
        name_parts={"_scheme": "full", "full_name": f"Guest {number}"},
        customer=made.customer,
        country="DE",
    )
    for position in range(3):
        item = items[(number + position) % len(items)]
        sold = OrderPosition.objects.create(
            order=made,
            item=item,
            variation=item.variations.first(),
            price=Decimal("21.00"),
            positionid=position + 1,
            attendee_email=f"guest{number}@example.org",
            attendee_name_parts={"_scheme": "full", "full_name": f"Guest {number}.{position}"},
            subevent=subevent,
            tax_rule=item.tax_rule,
            voucher=item.vouchers.first(),
        )
        given = QuestionAnswer.objects.create(orderposition=sold, question=question, answer="Some")
        given.options.add(*question.options.all())
        if number % 2 and made.status == Order.STATUS_PAID:
            Checkin.objects.create(
                position=sold,
                list=event.checkin_lists.first(),
                gate=organizer.gates.first(),
                device=organizer.devices.first(),
            )
    fee = OrderFee.objects.create(
        order=made, value=Decimal("3.00"), fee_type="payment", tax_rule=event.tax_rules.first()
    )
    if made.status == Order.STATUS_PAID:
        paid = OrderPayment.objects.create(
            order=made,
            state="confirmed",
            amount=made.total,
            provider="banktransfer",
            fee=fee,
            payment_date=now(),
        )
        if number % 4 == 0:
            OrderRefund.objects.create(
                order=made,
                state="done",
                source="admin",
                amount=Decimal("1.00"),
                payment=paid,
                provider="manual",
            )
    made.log_action("pretix.event.order.placed", user=admin, data={})
    made.log_action("pretix.event.order.contact.changed", user=people[number % 6], data={})
    return made


def invoice(order, number):
    made = Invoice.objects.create(
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
    made = Event.objects.create(
        organizer=organizer,
        name=f"Event {number}",
        slug=f"e{number}",
        live=True,
        is_public=True,
        date_from=start + timedelta(days=number),
        currency="EUR",
        plugins=PLUGINS,
        has_subevents=series,
        date_to=start + timedelta(days=number + 1),
    )
    made.set_defaults()
    made.settings.timezone = "UTC"
    tax = TaxRule.objects.create(event=made, name="VAT", rate=Decimal("19.00"))
    dates = [None]
    if series:
        dates = [
            SubEvent.objects.create(
                event=made, name=f"Date {n}", active=True, date_from=start + timedelta(days=n)
            )
            for n in range(6)
        ]
    categories = [
        ItemCategory.objects.create(event=made, name=f"Category {n}", position=n, is_addon=n == 2)
        for n in range(3)
    ]
    items = []
    for n in range(8):
        item = Item.objects.create(
            event=made,
            name=f"Item {n}",
            category=categories[n % 3],
            tax_rule=tax,
            default_price=Decimal("21.00"),
            admission=n % 2 == 0,
            position=n,
            personalized=True,
        )
        for v in range(3 if n % 2 else 0):
            ItemVariation.objects.create(item=item, value=f"Variation {v}", position=v)
        items.append(item)
    for item in items[:6]:
        ItemAddOn.objects.create(base_item=item, addon_category=categories[2], max_count=3)
    ItemBundle.objects.create(base_item=items[0], bundled_item=items[2], count=1)
    for date in dates:
        for n in range(6):
            quota = Quota.objects.create(event=made, name=f"Quota {n}", size=500, subevent=date)
            for item in items[n:] if n else items:
                quota.items.add(item)
                quota.variations.add(*item.variations.all())
        CheckinList.objects.create(event=made, name=f"All {date or ''}", subevent=date)
        CheckinList.objects.create(event=made, name=f"Some {date or ''}", subevent=date)
    for n in range(10):
        voucher = Voucher.objects.create(
            event=made,
            code=f"CODE{number}{n}",
            item=items[n % 8] if n % 2 else None,
            quota=None if n % 2 else made.quotas.first(),
            max_usages=5,
            tag=f"tag{n % 3}",
            subevent=dates[0],
        )
        WaitingListEntry.objects.create(
            event=made,
            email=f"waits{n}@example.org",
            item=items[n % 8],
            subevent=dates[0],
            variation=items[n % 8].variations.first(),
            voucher=voucher if n % 2 else None,
        )
        CartPosition.objects.create(
            event=made,
            cart_id=f"cart{number}{n}",
            item=items[n % 8],
            price=Decimal("21.00"),
            variation=items[n % 8].variations.first(),
            expires=now() + timedelta(days=1),
            subevent=dates[0],
            voucher=voucher if n % 3 == 0 else None,
        )
    for n in range(4):
        Discount.objects.create(
            event=made,
            internal_name=f"Discount {n}",
            position=n,
            benefit_discount_matching_percent=Decimal("10.00"),
            condition_min_count=2,
        )
        question = Question.objects.create(
            event=made, question=f"Question {n}?", type="M", position=n, identifier=f"Q{n}"
        )
        question.items.add(*items)
        for o in range(4):
            QuestionOption.objects.create(
                question=question, answer=f"Option {o}", identifier=f"O{n}{o}", position=o
            )
    return made, items, question, dates


with scope(organizer=organizer):
    team("crew", [admin, *people[:3]])
    team("helpers", people)
    types = [MembershipType.objects.create(organizer=organizer, name=f"Type {n}") for n in range(3)]
    gates = [Gate.objects.create(organizer=organizer, name=f"Gate {n}") for n in range(3)]
    for n in range(6):
        device = Device.objects.create(
            organizer=organizer, name=f"Device {n}", gate=gates[n % 3], all_events=n % 2 == 0
        )
    customers = []
    for n in range(8):
        customer = Customer.objects.create(
            organizer=organizer,
            email=f"customer{n}@example.org",
            name_parts={"_scheme": "full", "full_name": f"Customer {n}"},
        )
        customers.append(customer)
        for m in range(3):
            Membership.objects.create(
                customer=customer,
                membership_type=types[m],
                date_start=now(),
                date_end=start + timedelta(days=100),
            )
        card = GiftCard.objects.create(issuer=organizer, currency="EUR", customer=customer)
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
    print(Order.objects.count(), OrderPosition.objects.count(), LogEntry.objects.count())
