"""What happens to the network, and to names, while a node runs."""
