from __future__ import annotations
class Edit:
    change_id = None
    def __init__(self, connection, *, srs_id): ...
    def finish(self): return ()
