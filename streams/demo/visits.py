"""A person's visits to the shop: pages, products, and the steps of a purchase until its end or until they leave.

People buy on their first device and look around on any, so that their exits stay in the order in which they happened:
another device's records may lie in another partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.demo.event import Event
from streams.demo.shop import Shop
from streams.demo.words import PRODUCTS

if TYPE_CHECKING:
    from random import Random

    from streams.demo.people import Device, Person

VIEWS: Final = "page-views"
ORDERS: Final = "purchases"
STEPS: Final = ("Product Added", "Checkout Started", "Checkout Step Completed", "Payment Info Entered")
"""The way to an order: whoever has made the first has entered the funnel."""
_FILLS_CART: Final = 0.15  # by the share of begun purchases that they leave: who hardly ever does leaves no cart either
_PAGES: Final = (("/", "Home"), ("/new", "New"), ("/sale", "Sale"), ("/stories", "Stories"), ("/contact", "Contact"))


class Visits:
    """Draws the visits of one person; none takes longer than an hour."""

    def __init__(self, person: Person, rng: Random) -> None:
        self._person = person
        self._rng = rng
        self._shop = Shop(person)
        self._orders = 0
        self._at = 0
        self._device: Device = person.devices[0]
        self._events: list[Event] = []

    def browse(self, at: int) -> list[Event]:
        """Look around; sometimes something lands in the cart and stays there."""
        self._come(at, self._rng.choice(self._person.devices))
        for _ in range(self._rng.randrange(1, 5)):
            self._page(*self._rng.choice(_PAGES))
        self._look_at_products(self._rng.randrange(0, 3))
        if self._rng.random() < _FILLS_CART * self._person.habits.leaves and self._device is self._person.devices[0]:
            self._step(STEPS[0], "")
        return self._events

    def attempt(self, at: int, *, leaves: bool, fails: bool = False) -> list[Event]:
        """Begin a purchase; gives what happens, the order last. ``leaves``: before the end; ``fails``: at payment."""
        self._come(at, self._person.devices[0])
        self._page(*_PAGES[0])
        self._look_at_products(self._rng.randrange(1, 4))
        self._orders += 1
        order_id = f"o-{self._person.number}-{self._orders}"
        last = len(STEPS) if fails or not leaves else self._rng.randrange(1, len(STEPS) + 1)
        for step in STEPS[:last]:
            self._step(step, order_id)
        if fails:
            self._page("/checkout/payment-failed", "Payment failed")
        elif not leaves:
            self._order(order_id)
        return self._events

    def refund(self, order: Event, at: int) -> Event:
        """Part of an order's money given back."""
        properties = order.record["properties"]
        total = round(properties["total"] * self._rng.uniform(0.2, 1.0), 2)
        return Event(at, ORDERS, self._shop.refund(at, properties["order_id"], total))

    def _come(self, at: int, device: Device) -> None:
        self._at = at
        self._device = device
        self._events = []

    def _pause(self) -> int:
        self._at += self._rng.randrange(5_000, 150_000)
        return self._at

    def _page(self, path: str, title: str) -> None:
        at = self._pause()
        self._events.append(Event(at, VIEWS, self._shop.page(at, self._device, path, title)))

    def _look_at_products(self, count: int) -> None:
        for sku, name, price in self._rng.sample(PRODUCTS, count):
            self._track("Product Viewed", {"product_id": sku, "sku": sku, "name": name, "price": price})

    def _step(self, event: str, order_id: str) -> None:
        properties: dict[str, Any] = {"cart_id": f"cart-{self._person.number}"}
        if order_id and event != STEPS[0]:
            properties = {"checkout_id": order_id}
        if event == "Checkout Step Completed":
            properties |= {"step": 2, "shipping_method": "DHL"}
        self._track(event, properties)

    def _order(self, order_id: str) -> None:
        """The order, as one call that both topics get: the funnel ends with it, and it is a purchase."""
        bought = self._rng.sample(PRODUCTS, self._rng.choice((1, 1, 2, 3)))
        products = [{"sku": sku, "name": name, "price": price, "quantity": 1} for sku, name, price in bought]
        total = round(sum(price for _, _, price in bought), 2)
        properties = {
            "order_id": order_id,
            "total": total,
            "revenue": total,
            "currency": self._person.currency,
            "payment_method": "Visa",
            "products": products,
        }
        self._track("Order Completed", properties)
        view = self._events[-1]
        self._events.append(Event(view.at, ORDERS, view.record))

    def _track(self, event: str, properties: dict[str, Any]) -> None:
        at = self._pause()
        self._events.append(Event(at, VIEWS, self._shop.track(at, self._device, event, properties)))
