"""What is provisioned: one component a capability. They know nothing of YAML, environments' names or profiles."""
