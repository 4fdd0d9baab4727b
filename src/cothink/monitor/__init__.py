"""What listens to events on the side: metrics. Nobody below calls it."""
