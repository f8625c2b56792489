"""What KubeSpawner asks a cluster for by docker/jupyterhub/zero-to-jupyterhub.yaml, run by Docker.

The manifest is KubeSpawner's own, with the environment that the Hub makes; each pod is a container
with the user, groups, rights, arguments, volume and limits that the manifest names.
"""

# JupyterHub puts get_config here.
# ruff: noqa: F821

import asyncio
import json
import os
import runpy
import time

import docker
import yaml
from kubespawner import KubeSpawner
from traitlets.config import Config

c = get_config()
client = docker.from_env()
CONFIGS = os.environ["TEST_CONFIGS"]
VOLUME = os.environ["TEST_VOLUME"]
with open(f"{CONFIGS}/zero-to-jupyterhub.yaml") as file:
    VALUES = yaml.safe_load(file)

RepairScopes = runpy.run_path(f"{CONFIGS}/repair_scopes.py", {"get_config": Config})["RepairScopes"]


def only(given, *known):
    """The values of a part of the manifest; one that nobody here knows of is an error."""
    if unknown := set(given) - set(known):
        raise KeyError(f"nothing is known of {unknown} in {given}")
    return [given.get(name) for name in known]


def as_container(pod):
    """The arguments of `docker run` that make a container of a pod."""
    [container] = pod["spec"]["containers"]
    [fs_group] = only(pod["spec"]["securityContext"], "fsGroup")
    user, escalation, privileged, capabilities, non_root, seccomp = only(
        container["securityContext"],
        "runAsUser",
        "allowPrivilegeEscalation",
        "privileged",
        "capabilities",
        "runAsNonRoot",
        "seccompProfile",
    )
    assert seccomp == {"type": "RuntimeDefault"}, "Docker's own is what is used"
    assert non_root and user, "Kubernetes would not start it"
    [mount] = container["volumeMounts"]
    limits = container["resources"]["limits"]
    return {
        "image": container["image"],
        "command": container["args"],
        "environment": {each["name"]: each["value"] for each in container["env"]},
        "user": str(user),
        "group_add": [str(fs_group)],
        "privileged": privileged or False,
        "security_opt": [] if escalation else ["no-new-privileges"],
        "cap_drop": capabilities["drop"],
        "volumes": {VOLUME: {"bind": mount["mountPath"]}},
        "mem_limit": int(limits["memory"]),
        "nano_cpus": int(float(limits["cpu"]) * 1e9),
    }


class PodSpawner(RepairScopes, KubeSpawner):
    """KubeSpawner, with Docker for a cluster."""

    async def start(self):
        pod = self.api.api_client.sanitize_for_serialization(await self.get_pod_manifest())
        with open(os.environ["TEST_POD"], "w") as file:
            json.dump(pod, file)
        address = await asyncio.to_thread(self.run_container, as_container(pod))
        return address, self.port

    def run_container(self, arguments):
        give_volume_to_group(arguments)
        # What each pod of a cluster gets on top.
        arguments["environment"]["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
        name = os.environ["TEST_CONTAINER"]
        container = client.containers.run(**arguments, name=name, detach=True)
        container.reload()
        return container.attrs["NetworkSettings"]["IPAddress"]

    async def poll(self):
        try:
            container = await asyncio.to_thread(client.containers.get, os.environ["TEST_CONTAINER"])
        except docker.errors.NotFound:
            return 0
        state = container.attrs["State"]
        return None if state["Running"] else state["ExitCode"]

    async def stop(self, now=False):
        await asyncio.to_thread(self.stop_container)

    def stop_container(self):
        container = client.containers.get(os.environ["TEST_CONTAINER"])
        began = time.monotonic()
        container.stop(timeout=self.delete_grace_period)
        took = time.monotonic() - began
        container.reload()
        self.log.info("the pod ended with %s after %.2f s", container.attrs["State"]["ExitCode"], took)
        container.remove()


def give_volume_to_group(arguments):
    """What Kubernetes does by fsGroup to a volume when a pod gets it."""
    [group] = arguments["group_add"]
    script = f"chgrp -R {group} /there && chmod -R g+rwX /there && chmod g+s /there"
    client.containers.run(
        arguments["image"],
        ["-c", script],
        entrypoint="sh",
        user="0",
        volumes={VOLUME: {"bind": "/there"}},
        remove=True,
    )


# What the chart makes of the values.
c.JupyterHub.spawner_class = PodSpawner
c.JupyterHub.allow_named_servers = VALUES["hub"]["allowNamedServers"]
c.JupyterHub.named_server_limit_per_user = VALUES["hub"]["namedServerLimitPerUser"]
values = VALUES["singleuser"]
c.Spawner.cmd = values["cmd"]
c.Spawner.default_url = values["defaultUrl"] or ""
c.KubeSpawner.uid = values["uid"]
c.KubeSpawner.fs_gid = values["fsGid"]
c.KubeSpawner.allow_privilege_escalation = values["allowPrivilegeEscalation"]
c.KubeSpawner.environment = values["extraEnv"]
c.KubeSpawner.mem_limit = values["memory"]["limit"]
c.KubeSpawner.mem_guarantee = values["memory"]["guarantee"]
c.KubeSpawner.cpu_limit = values["cpu"]["limit"]
c.KubeSpawner.cpu_guarantee = values["cpu"]["guarantee"]
c.KubeSpawner.start_timeout = values["startTimeout"]
c.KubeSpawner.storage_capacity = values["storage"]["capacity"]
c.KubeSpawner.volume_mounts = {
    "home": {"name": "home", "mountPath": values["storage"]["homeMountPath"]}
}
c.KubeSpawner.volumes = {
    "home": {"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}
}
for section, settings in VALUES["hub"]["config"].items():
    c[section].update(settings)

# Here there is no cluster to watch, and the image is the one that is tested.
c.KubeSpawner.events_enabled = False
c.KubeSpawner.image = os.environ["TEST_IMAGE"]
