"""Addresses of contact points: sealed in the database, masked for people, in the clear for sending only."""

from app.core.security import KeyRing
from app.domain.masking import mask_phone
from app.domain.messages import MessageChannel
from app.services.messages.channels import chat

PURPOSE = "contact_point"


def address_of(keys: KeyRing, sealed: bytes) -> str:
    """The address in the clear."""
    return keys.decrypt(sealed, PURPOSE).decode()


def masked_address(kind: str, address: str) -> str:
    """Enough of an address to tell it from others: `z***@example.gov.cn`, `138****0000`, `wecombot://****`."""
    if kind == MessageChannel.SMS:
        return mask_phone(address) or "****"
    if kind == MessageChannel.EMAIL:
        return f"{address[:1]}***@{address.rpartition('@')[2]}"
    return f"{chat.service_of(address)}://{chat.host_of(address) or ''}****"
