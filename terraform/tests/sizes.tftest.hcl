# Sizes that Cloud Run would refuse at apply, or that would fail later, end at plan.
mock_provider "google" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  project_id = "my-project"
  region     = "europe-west1"
  invokers   = ["user:ada@example.com"]
  operations = { emails = ["ada@example.com"] }
  package    = "tests/fixtures/package-one.zip"
}

run "classify_environment_unknown" {
  command = plan

  variables {
    classify = { environment = "gen3" }
  }

  expect_failures = [var.classify]
}

run "classify_cpu_between_sizes" {
  command = plan

  variables {
    classify = { cpu = 3 }
  }

  expect_failures = [var.classify]
}

run "classify_cpu_too_small" {
  command = plan

  variables {
    classify = { concurrency = 1, cpu = 0.05, memory_mib = 256 }
  }

  expect_failures = [var.classify]
}

run "classify_concurrency_on_a_part_of_a_cpu" {
  command = plan

  variables {
    classify = { concurrency = 2, cpu = 0.5 }
  }

  expect_failures = [var.classify]
}

run "classify_concurrency_of_none" {
  command = plan

  variables {
    classify = { concurrency = 0 }
  }

  expect_failures = [var.classify]
}

run "classify_part_of_a_cpu_in_gen2" {
  command = plan

  variables {
    classify = { concurrency = 1, cpu = 0.5, environment = "gen2" }
  }

  expect_failures = [var.classify]
}

run "classify_memory_too_small" {
  command = plan

  variables {
    classify = { memory_mib = 128 }
  }

  expect_failures = [var.classify]
}

run "classify_memory_too_small_for_gen2" {
  command = plan

  variables {
    classify = { environment = "gen2", memory_mib = 256 }
  }

  expect_failures = [var.classify]
}

run "classify_memory_too_large_for_its_cpu" {
  command = plan

  variables {
    classify = { concurrency = 1, cpu = 0.25, memory_mib = 1024 }
  }

  expect_failures = [var.classify]
}

run "classify_memory_too_small_for_its_cpus" {
  command = plan

  variables {
    classify = { cpu = 4, memory_mib = 1024 }
  }

  expect_failures = [var.classify]
}

run "classify_fewer_instances_than_it_keeps" {
  command = plan

  variables {
    classify = { max_instances = 1, min_instances = 2 }
  }

  expect_failures = [var.classify]
}

run "classify_reserved_setting" {
  command = plan

  variables {
    classify = { settings = { PORT = "80" } }
  }

  expect_failures = [var.classify]
}

run "lookup_environment_unknown" {
  command = plan

  variables {
    lookup = { environment = "gen3" }
  }

  expect_failures = [var.lookup]
}

run "lookup_cpu_between_sizes" {
  command = plan

  variables {
    lookup = { cpu = 3 }
  }

  expect_failures = [var.lookup]
}

run "lookup_cpu_too_small" {
  command = plan

  variables {
    lookup = { concurrency = 1, cpu = 0.05, memory_mib = 256 }
  }

  expect_failures = [var.lookup]
}

run "lookup_concurrency_on_a_part_of_a_cpu" {
  command = plan

  variables {
    lookup = { concurrency = 2, cpu = 0.5 }
  }

  expect_failures = [var.lookup]
}

run "lookup_concurrency_of_none" {
  command = plan

  variables {
    lookup = { concurrency = 0 }
  }

  expect_failures = [var.lookup]
}

run "lookup_part_of_a_cpu_in_gen2" {
  command = plan

  variables {
    lookup = { concurrency = 1, cpu = 0.5, environment = "gen2" }
  }

  expect_failures = [var.lookup]
}

run "lookup_memory_too_small" {
  command = plan

  variables {
    lookup = { memory_mib = 128 }
  }

  expect_failures = [var.lookup]
}

run "lookup_memory_too_small_for_gen2" {
  command = plan

  variables {
    lookup = { environment = "gen2", memory_mib = 256 }
  }

  expect_failures = [var.lookup]
}

run "lookup_memory_too_large_for_its_cpu" {
  command = plan

  variables {
    lookup = { concurrency = 1, cpu = 0.25, memory_mib = 1024 }
  }

  expect_failures = [var.lookup]
}

run "lookup_memory_too_small_for_its_cpus" {
  command = plan

  variables {
    lookup = { cpu = 4, memory_mib = 1024 }
  }

  expect_failures = [var.lookup]
}

run "lookup_fewer_instances_than_it_keeps" {
  command = plan

  variables {
    lookup = { max_instances = 1, min_instances = 2 }
  }

  expect_failures = [var.lookup]
}

run "lookup_reserved_setting" {
  command = plan

  variables {
    lookup = { settings = { PORT = "80" } }
  }

  expect_failures = [var.lookup]
}

run "classify_longer_than_its_deadline" {
  command = plan

  variables {
    classify = { timeout_s = 61 }
  }

  expect_failures = [var.classify]
}

run "lookup_longer_than_an_hour" {
  command = plan

  variables {
    lookup = { timeout_s = 3601 }
  }

  expect_failures = [var.lookup]
}

run "lookup_reviewers_without_an_audience" {
  command = plan

  variables {
    lookup = { settings = { REVIEWERS = "ada@example.com" } }
  }

  expect_failures = [var.lookup]
}
