"""The sandbox's authorization server, in Google's role and in Microsoft's, and the person who consents."""
