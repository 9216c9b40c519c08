// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

// Blocks threads of Fast DDS. To be loaded by LD_PRELOAD; BLOCK_AT says when:
//
//   departure  for ever, when another participant leaves, as in the deadlock eProsima/Fast-DDS#6502: a
//              receiving thread is blocked while it holds the lock of discovery, which is needed to
//              create a node, and the timer thread is blocked at its next announcement;
//   reader     for 3 s, when the process announces a reader, as if the announcement was lost and
//              repeated, but for the first one, through which it receives the names of nodes.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile bool blocked;

// The function that one of this file stands in front of. A middleware that was loaded with dlopen is
// not where RTLD_NEXT searches, and then the library of the caller has it.
static void * original(const char * symbol, const void * caller)
{
  void * function = dlsym(RTLD_NEXT, symbol);
  Dl_info library;
  if (function == NULL && dladdr(caller, &library)) {
    function = dlsym(dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD), symbol);
  }
  if (function == NULL) {
    fprintf(stderr, "%s was not found\n", symbol);
    abort();
  }
  return function;
}
#define ORIGINAL(symbol) original(symbol, __builtin_return_address(0))

static bool is_wanted(const char * moment)
{
  const char * wanted = getenv("BLOCK_AT");
  return wanted && strcmp(wanted, moment) == 0;
}

// Whether this thread removes a writer of another participant, and holds the lock of discovery.
static _Thread_local bool removing;

typedef bool (* remove_function)(void *, const void *);

static bool remove_writer(remove_function original, void * discovery, const void * writer)
{
  removing = true;
  bool result = original(discovery, writer);
  removing = false;
  return result;
}

typedef bool (* unpair_function)(void *, const void *, const void *, bool);

static bool unpair_writer(
  unpair_function original, void * endpoints, const void * participant, const void * writer,
  bool lost)
{
  while (removing && is_wanted("departure")) {
    blocked = true;
    pause();
  }
  return original(endpoints, participant, writer, lost);
}

typedef void (* announce_function)(void *);

static void announce(announce_function original, void * discovery)
{
  while (blocked) {
    pause();
  }
  original(discovery);
}

typedef bool (* announce_reader_function)(void *, void *, void *);

struct reader_announcement
{
  announce_reader_function function;
  void * discovery;
  void * reader;
  void * data;
};

static void * announce_late(void * argument)
{
  struct reader_announcement * late = argument;
  sleep(3);
  late->function(late->discovery, late->reader, late->data);
  free(late);
  return NULL;
}

static bool announce_reader(
  announce_reader_function original, void * discovery, void * reader, void * data)
{
  static bool is_later;
  if (!is_wanted("reader") || !is_later) {
    is_later = true;
    return original(discovery, reader, data);
  }
  struct reader_announcement * late = malloc(sizeof *late);
  *late = (struct reader_announcement){original, discovery, reader, data};
  pthread_t thread;
  return pthread_create(&thread, NULL, announce_late, late) == 0;
}

// PDP::removeWriterProxyData, EDP::unpairWriterProxy, PDP::set_next_announcement_interval and
// EDPSimple::processLocalReaderProxyData (3.2: process_reader_proxy_data) of Fast DDS 2.14 and 3.2.
#define REMOVE_WRITER(symbol) \
  bool symbol(void * discovery, const void * writer) \
  {return remove_writer((remove_function)ORIGINAL(#symbol), discovery, writer);}
#define UNPAIR_WRITER(symbol) \
  bool symbol(void * endpoints, const void * participant, const void * writer, bool lost) \
  { \
    return unpair_writer( \
      (unpair_function)ORIGINAL(#symbol), endpoints, participant, writer, lost); \
  }
#define ANNOUNCE_READER(symbol) \
  bool symbol(void * discovery, void * reader, void * data) \
  { \
    return announce_reader((announce_reader_function)ORIGINAL(#symbol), discovery, reader, data); \
  }
#define ANNOUNCE(symbol) \
  void symbol(void * discovery) {announce((announce_function)ORIGINAL(#symbol), discovery);}
REMOVE_WRITER(_ZN8eprosima8fastrtps4rtps3PDP21removeWriterProxyDataERKNS1_6GUID_tE)
REMOVE_WRITER(_ZN8eprosima7fastdds4rtps3PDP21removeWriterProxyDataERKNS1_6GUID_tE)
UNPAIR_WRITER(_ZN8eprosima8fastrtps4rtps3EDP17unpairWriterProxyERKNS1_6GUID_tES5_b)
UNPAIR_WRITER(_ZN8eprosima7fastdds4rtps3EDP17unpairWriterProxyERKNS1_6GUID_tES5_b)
ANNOUNCE(_ZN8eprosima8fastrtps4rtps3PDP30set_next_announcement_intervalEv)
ANNOUNCE(_ZN8eprosima7fastdds4rtps3PDP30set_next_announcement_intervalEv)
ANNOUNCE_READER(
  _ZN8eprosima8fastrtps4rtps9EDPSimple27processLocalReaderProxyDataEPNS1_10RTPSReaderEPNS1_15ReaderProxyDataE)
ANNOUNCE_READER(
  _ZN8eprosima7fastdds4rtps9EDPSimple25process_reader_proxy_dataEPNS1_10RTPSReaderEPNS1_15ReaderProxyDataE)
