# What costs nothing while nobody asks, and nothing up to Google's free allowances: docs/cost.md says how far they reach.
#
#   terraform -chdir=terraform apply -var-file=examples/free-tier/terraform.tfvars
#
# Give bootstrap.sh the region us-central1, us-east1 or us-west1: Cloud Storage is free in these alone.

# The first generation runs in 256 MiB, the second needs 512.
classify = {
  environment   = "gen1"
  max_instances = 2
  memory_mib    = 256
}
lookup = {
  environment   = "gen1"
  max_instances = 2
  memory_mib    = 256
}

# Stored versions, backups and conditions of alerts are billed by the month, used or not.
firestore = {
  backups                = false
  point_in_time_recovery = false
}
operations = {
  alerts = false
}
