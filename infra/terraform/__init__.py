"""What Terraform manages: its states are read into stack files, its resources come under Pulumi."""
