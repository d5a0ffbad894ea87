"""The way into an electronic procurement system: what it needs, a client, and a stand-in to try it with."""
