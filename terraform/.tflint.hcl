# The rules that tflint brings for Terraform itself; those for Google's provider are a plugin that it would have to download.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Fixed names, and files by what they are about.
rule "terraform_standard_module_structure" {
  enabled = false
}
