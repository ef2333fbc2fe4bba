"""Files that users give: contacts that no server hands out."""
