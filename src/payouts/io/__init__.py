"""All that touches the world: Postgres, HTTP, clocks, configuration, and the faces around them."""
