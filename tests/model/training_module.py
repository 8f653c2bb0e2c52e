"""What the image adds to its launcher for training: it installs the code and runs it as a module.

The launcher imports it, with the image's versions. The image's own module of this kind is in no
package registry; in script mode it does the same.
"""

import sys


def main():
    """Run the code that the hyperparameters name."""
    from sagemaker_containers.beta import framework  # noqa: PLC0415 -- only the launcher has it

    environment = framework.training_env()
    framework.modules.run_module(
        environment.module_dir,
        environment.to_cmd_args(),
        environment.to_env_vars(),
        environment.module_name,
        capture_error=False,
    )
    sys.exit(0)
