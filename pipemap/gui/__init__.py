"""The window: Qt. The session is its one state; panels, tools and the map read it, change it and listen to it."""
