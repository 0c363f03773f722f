# A deployment for an app that people rely on: private, encrypted by a key of yours, with an instance always warm, alerts and a budget.
# Change what is in capitals, and:
#
#   terraform -chdir=terraform apply -var-file=examples/production/terraform.tfvars
#
# All of it is in one region. Callers reach the lookup from the project's own VPC networks.
ingress = "internal"

invokers   = ["serviceAccount:APP@my-project.iam.gserviceaccount.com"]
publishers = ["serviceAccount:APP@my-project.iam.gserviceaccount.com"]

# Made before, in the same region: `gcloud kms keys create classifier --keyring=apps --location=europe-west1 --purpose=encryption`.
# In another project than this one, the workflow's accounts need to read its grants: README.md, "From GitHub".
region  = "europe-west1"
kms_key = "projects/KEYS/locations/europe-west1/keyRings/apps/cryptoKeys/classifier"

classify = {
  max_instances = 20
}
lookup = {
  max_instances = 50
  min_instances = 1 # the first request of the morning waits for no cold start
  settings = {
    # Who may correct labels, and what their ID tokens are for.
    AUTH_AUDIENCE = "CLIENT-ID.apps.googleusercontent.com"
    REVIEWERS     = "EDITOR@example.com"
  }
}

operations = {
  availability    = 0.999
  billing_account = "012345-6789AB-CDEF01"
  budget          = 100
  emails          = ["ONCALL@example.com"]
  latency_ms      = 500
  latency_share   = 0.99
}

# The workflow of .github/ deploys, with approval; `terraform output ci` says what its variables are.
github = {
  repository   = "OWNER/ingredient-classifier"
  state_bucket = "my-project-terraform-state"
}
