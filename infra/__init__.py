"""Settings, graph, engines and command line around the components."""
