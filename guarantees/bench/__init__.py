"""What the portal's own business costs: the expiry run, delivery, looking up, pages and documents."""
