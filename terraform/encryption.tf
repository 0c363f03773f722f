# Each service decrypts by its own agent. bootstrap.sh makes the agents that a new project does not have yet.
resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = var.kms_key == null ? {} : { for name in ["artifacts", "firestore", "pubsub", "run", "storage"] : name => local.agents[name] }

  crypto_key_id = var.kms_key
  member        = each.value
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"

  depends_on = [google_project_service.api]
}
