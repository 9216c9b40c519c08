# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0

# Runs inside rosidl_generate_interfaces() of an interface package, whose variables it shares: every
# name below starts with _rs_ to keep clear of them.

if(NOT TARGET Python3::Interpreter)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()

set(_rs_library "${rosidl_generate_interfaces_TARGET}")
if(rosidl_generate_interfaces_LIBRARY_NAME)
  set(_rs_library "${rosidl_generate_interfaces_LIBRARY_NAME}")
endif()
set(_rs_target "${rosidl_generate_interfaces_TARGET}__rs")
set(_rs_folder "${CMAKE_CURRENT_BINARY_DIR}/rosidl_generator_rs/${rosidl_generate_interfaces_TARGET}")
set(_rs_stamp "${_rs_folder}/generated.stamp")
set(_rs_arguments_file "${_rs_folder}/arguments.json")
rosidl_write_generator_arguments(
  "${_rs_arguments_file}"
  PACKAGE_NAME "${PROJECT_NAME}"
  IDL_TUPLES "${rosidl_generate_interfaces_IDL_TUPLES}"
  OUTPUT_DIR "${_rs_folder}/rust")

# The crate's files keep their time when their content stays the same, which spares cargo the work of
# building them again; the stamp tells that they are up to date.
file(GLOB _rs_generator_files "${rosidl_generator_rs_PYTHON_PACKAGE}/*.py")
add_custom_command(
  OUTPUT "${_rs_stamp}"
  COMMAND Python3::Interpreter "${rosidl_generator_rs_PYTHON_PACKAGE}"
    --generator-arguments-file "${_rs_arguments_file}"
    --package-version "${${PROJECT_NAME}_VERSION}"
    --library "${_rs_library}"
  COMMAND "${CMAKE_COMMAND}" -E touch "${_rs_stamp}"
  DEPENDS
    ${_rs_generator_files} "${_rs_arguments_file}" ${rosidl_generate_interfaces_ABS_IDL_FILES}
  COMMENT "Generating Rust code for ROS interfaces"
  VERBATIM)
add_custom_target(${_rs_target} DEPENDS "${_rs_stamp}")
add_dependencies(${rosidl_generate_interfaces_TARGET} ${_rs_target})

if(NOT rosidl_generate_interfaces_SKIP_INSTALL)
  install(
    DIRECTORY "${_rs_folder}/rust/"
    DESTINATION "share/${PROJECT_NAME}/rust"
    COMPONENT rosidl_generator_rs)
  # The build scripts of rclrs and rosidl_runtime_rs name the library folders to the linker, and are not
  # run again when this package is added to a program that was built before (docs/upstream.md, 14). The
  # linker also searches the folders of LIBRARY_PATH.
  ament_environment_hooks(
    "${rosidl_generator_rs_DIR}/library_path_of_linker.dsv"
    "${rosidl_generator_rs_DIR}/library_path_of_linker.sh")
  # ros-env compiles every file it finds, so those of interfaces that are gone must go, too.
  install(CODE "
    set(_rs_crate \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/${PROJECT_NAME}/rust\")
    file(GLOB_RECURSE _rs_files RELATIVE \"\${_rs_crate}\" \"\${_rs_crate}/*\")
    foreach(_rs_file IN LISTS _rs_files)
      if(NOT EXISTS \"${_rs_folder}/rust/\${_rs_file}\")
        file(REMOVE \"\${_rs_crate}/\${_rs_file}\")
      endif()
    endforeach()"
    COMPONENT rosidl_generator_rs)
endif()
