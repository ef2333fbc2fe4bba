"""The pages that a person sees on the way to a consent and back: small, constant, and the same to everyone."""
