"""The Responses API: requests read, turns made, events written, responses kept."""
