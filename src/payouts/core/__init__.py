"""What is decided: generators that yield commands. Nothing here touches the world."""
