"""What each way of hosting costs a month, and why."""
