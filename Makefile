# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Everything on a machine without ROS 2. With a ROS 2 sourced, the same commands build on that one.

PYTHON ?= python3
A ?= 2
B ?= 3

# ROS_DISTRO names the wheels when it is given to make, as in `make test ROS_DISTRO=kilted`, or when
# an underlay of that name is sourced. A sourced ROS 2 sets it as well, and is then built on itself.
UNDERLAY := $(PYTHON) underlay $(if $(ROS_DISTRO),--ros-distro $(ROS_DISTRO))
START := $(shell date +%s)
TOOLS := .underlay/test_tools

# Without what this shell has sourced besides: on a package that it finds installed, colcon-ros-cargo
# lets cargo write an unused patch into Cargo.lock.
COLCON_BUILD := unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH; \
	. .underlay/setup.sh && colcon build --base-paths . rclrs_runtime exercises

.DEFAULT_GOAL := help
.PHONY: help demo rps hangman graph new test lint bench stress record underlay build clean
.PHONY: test_tools

help:
	@echo 'make demo       run the server and the client: Result of add_two_ints: for 2 + 3 = 5'
	@echo 'make demo A=-7 B=49                       ... with other numbers'
	@echo 'make rps        play Rock Paper Scissors'
	@echo 'make hangman    play Hangman'
	@echo 'make graph      print which running nodes call and offer which services; DOT=1 for Graphviz'
	@echo 'make new NAME=multiply SERVICE=MultiplyTwoInts IN=~/ros2_ws/src    write a service of your own'
	@echo 'make new ... RUNTIME=1                    ... on rclrs_runtime'
	@echo 'make test       build everything and run every test'
	@echo 'make test ONLY=underlay                   ... or nodes, runtime, games, generator, bench, pages, workspace, stress'
	@echo 'make lint       formats, lints, types, documentation, and links between the pages'
	@echo 'make bench      compare it with rclpy, C on rcl and others: docs/benchmark.md; 20 minutes'
	@echo 'make bench QUICK=1                        ... a short run, to try it'
	@echo 'make bench BASELINE=DIR                   ... compare only with the build in DIR, an install folder'
	@echo 'make stress     load, faults and bad input: build/stress/ and docs/limits.md; about 20 minutes'
	@echo 'make stress SHORT=1                       ... the part of it that make test runs'
	@echo 'make record     draw the pictures of README.md from real runs'
	@echo 'make build      build the packages into install/'
	@echo 'make underlay   build .underlay/, what this machine lacks of ROS 2'
	@echo 'make underlay INTERFACES="sensor_msgs"    ... with more Rust message crates'
	@echo 'make clean      remove all that these commands made'
	@echo
	@echo 'ROS_DISTRO=kilted takes ROS 2 Kilted instead of Jazzy, PYTHON=python3.12 another Python.'

demo: underlay
	@$(COLCON_BUILD) --packages-select rust_add_two_ints
	@underlay/demo.bash rust_add_two_ints "$(A)" "$(B)"
	@echo "make demo took $$(($$(date +%s) - $(START))) s," \
		"and uses $$(du -csm .underlay build install 2>/dev/null | tail -n 1 | cut -f 1) MB of disk"

# The server logs each round, which is for another terminal.
rps: GAME := rock_paper_scissors
hangman: GAME := hangman
rps hangman: underlay
	@$(COLCON_BUILD) --packages-up-to $(GAME)
	@underlay/demo.bash $(GAME) -- --ros-args --log-level warn

graph:
	@bash -c 'source .underlay/setup.bash && exec python3 underlay/graph.py $(if $(DOT),--dot)'

# The names go through the environment, where a quote in them ends nothing.
new:
	@$(PYTHON) new_service $(if $(IN),--in "$$IN") $(if $(RUNTIME),--on-rclrs-runtime) -- "$$NAME" "$$SERVICE"

test: build test_tools
	@bash -c 'source test_support/setup.bash && exec python3 -m ros_test_support $(if $(ONLY),"$(ONLY)")'

lint: build test_tools
	@test_support/lint.bash

bench: test_tools
	@$(COLCON_BUILD) --packages-select rust_add_two_ints
	@bash -c 'source test_support/setup.bash && source install/setup.bash && \
		exec python3 -m bench $(if $(QUICK),--quick) $(if $(BASELINE),--baseline "$(BASELINE)")'

stress: test_tools
	@$(COLCON_BUILD) --packages-up-to rust_add_two_ints rock_paper_scissors hangman
	@stress/run.bash $(if $(SHORT),--short) $(if $(ONLY),--only '$(ONLY)') \
		$(if $(SEED),--seed $(SEED))

record: test_tools
	@bash -c 'source test_support/setup.bash && exec python3 docs/record.py'

underlay:
	@$(UNDERLAY) $(INTERFACES)

build: underlay
	@$(COLCON_BUILD)

# Whatever ROS 2 the underlay is made of, its python3 is the one that runs the tests.
test_tools: underlay $(TOOLS)/installed

$(TOOLS)/installed: underlay/requirements/test.txt | underlay
	@echo 'Installing the tools of underlay/requirements/test.txt'
	@rm -rf $(TOOLS) && . .underlay/setup.sh && python3 -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --no-compile --require-hashes --no-deps -r $< \
		--target $(TOOLS)/packages
	@touch $@

clean:
	rm -rf .underlay build install log target .cargo
