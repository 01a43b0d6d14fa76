"""The web pages behind the web door: blueprints, which know the bot and the engine, and nothing of Bolt."""
