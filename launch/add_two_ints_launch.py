# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the server and the client of this package; ends when the client has its response.

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
        # Without a server, the client would wait for ever.
        on_exit=[Shutdown(reason="the server has exited")],
    )
    client = Node(
        package="rust_add_two_ints",
        executable="client",
        namespace=LaunchConfiguration("namespace"),
        arguments=[LaunchConfiguration("a"), LaunchConfiguration("b")],
        output="screen",
        # The server would run for ever. When the client exits, with or without a response, launch
        # sends SIGINT to the server, and ends once it has exited.
        on_exit=[Shutdown(reason="the client has exited")],
    )
    return LaunchDescription([*arguments, server, client])
