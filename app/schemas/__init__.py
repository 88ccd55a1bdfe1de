"""Request and response shapes, one file per router noun; unknown fields are refused."""
