"""From the outbox to the gateway, exactly once: claim, hand over, settle; what is in doubt is asked."""
