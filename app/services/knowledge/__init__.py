"""The knowledge base at work: how its articles are indexed, searched, and offered as answers."""
