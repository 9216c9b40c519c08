# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the server and the client of this package; ends when the client has its answer.

ros2 launch rust_add_two_ints add_two_ints_launch.py a:=2 b:=3
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description() -> LaunchDescription:
    """Describes the two nodes, for `ros2 launch`."""
    arguments = [
        DeclareLaunchArgument("a", default_value="2", description="First addend, a 64-bit integer"),
        DeclareLaunchArgument(
            "b", default_value="3", description="Second addend, a 64-bit integer"
        ),
        DeclareLaunchArgument(
            "namespace",
            default_value="",
            description="Namespace of both nodes and of the service, for example robot1",
        ),
    ]
    server = Node(
        package="rust_add_two_ints",
        executable="server",
        namespace=LaunchConfiguration("namespace"),
        output="screen",
    )
    client = Node(
        package="rust_add_two_ints",
        executable="client",
        namespace=LaunchConfiguration("namespace"),
        arguments=[LaunchConfiguration("a"), LaunchConfiguration("b")],
        output="screen",
        # The server would run for ever. It is told to leave as soon as the client is done, with
        # an answer or with an error, and the launch ends with it.
        on_exit=[Shutdown(reason="the client is done")],
    )
    return LaunchDescription([*arguments, server, client])
