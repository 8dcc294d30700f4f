"""The half of hotclub that runs inside the project: it needs Django and nothing else."""
