// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

// A librmw_implementation that loads its middleware when the program runs, as the one of an ordinary
// ROS 2 does: with dlopen, so that its symbols are not among those that dlsym(RTLD_NEXT) searches. For
// x86_64, as the wheels are.
//
// MIDDLEWARE is the name of the library, and functions.h has FUNCTION(name) for each function of rmw.

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// A jump keeps the arguments, whatever they are.
#define FUNCTION(name) \
  __attribute__((visibility("hidden"))) void * address_of_ ## name; \
  __asm__( \
    ".pushsection .text\n.globl " #name "\n.type " #name ", @function\n" \
    #name ": jmp *address_of_" #name "(%rip)\n.popsection\n");
#include "functions.h"
#undef FUNCTION

__attribute__((constructor)) static void load(void)
{
  void * middleware = dlopen(MIDDLEWARE, RTLD_LAZY | RTLD_LOCAL);
  if (middleware == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
#define FUNCTION(name) address_of_ ## name = dlsym(middleware, #name);
#include "functions.h"
}
