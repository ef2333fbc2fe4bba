"""The ports' implementations: AWS services, outbound HTTP, memory."""
