"""Everything that changes a request or work order once it is filed goes through the door in here."""
