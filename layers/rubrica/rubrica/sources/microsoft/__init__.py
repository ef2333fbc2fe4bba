"""Microsoft contacts (Outlook.com and Exchange Online), by Microsoft Graph v1.0."""
