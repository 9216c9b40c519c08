// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

// Blocks threads of Fast DDS. To be loaded by LD_PRELOAD; BLOCK_AT says when, for ever:
//
//   departure  when another participant leaves, as in the deadlock eProsima/Fast-DDS#6502: a receiving
//              thread is blocked while it holds the lock of discovery, which is needed to create a
//              node, and the timer thread is blocked at its next announcement;
//   creation   when the process creates its first node.
//
// or for 1.5 s:
//
//   reader     when the process announces a reader, as if the announcement was lost and repeated, but
//              for the first one, through which it receives the names of nodes.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile bool blocked;

static bool is_wanted(const char * moment)
{
  const char * wanted = getenv("BLOCK_AT");
  return wanted && strcmp(wanted, moment) == 0;
}

static void block_at(const char * moment)
{
  while (is_wanted(moment)) {
    blocked = true;
    pause();
  }
}

// Whether this thread removes a writer of another participant, and holds the lock of discovery.
static _Thread_local bool removing;

typedef bool (* remove_function)(void *, const void *);

static bool remove_writer(const char * symbol, void * discovery, const void * writer)
{
  removing = true;
  bool result = ((remove_function)dlsym(RTLD_NEXT, symbol))(discovery, writer);
  removing = false;
  return result;
}

typedef bool (* unpair_function)(void *, const void *, const void *, bool);

static bool unpair_writer(
  const char * symbol, void * endpoints, const void * participant, const void * writer, bool lost)
{
  if (removing) {
    block_at("departure");
  }
  return ((unpair_function)dlsym(RTLD_NEXT, symbol))(endpoints, participant, writer, lost);
}

static void announce(const char * symbol, void * discovery)
{
  while (blocked) {
    pause();
  }
  ((void (*)(void *))dlsym(RTLD_NEXT, symbol))(discovery);
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
  usleep(1500000);
  late->function(late->discovery, late->reader, late->data);
  free(late);
  return NULL;
}

static bool announce_reader(const char * symbol, void * discovery, void * reader, void * data)
{
  static bool is_later;
  announce_reader_function function = (announce_reader_function)dlsym(RTLD_NEXT, symbol);
  if (!is_wanted("reader") || !is_later) {
    is_later = true;
    return function(discovery, reader, data);
  }
  struct reader_announcement * late = malloc(sizeof *late);
  *late = (struct reader_announcement){function, discovery, reader, data};
  pthread_t thread;
  return pthread_create(&thread, NULL, announce_late, late) == 0;
}

// PDP::removeWriterProxyData, EDP::unpairWriterProxy, PDP::set_next_announcement_interval and
// EDPSimple::processLocalReaderProxyData of Fast DDS 2.14 and of 3.2.
#define NAME_OF(symbol) #symbol
#define REMOVE_WRITER(symbol) \
  bool symbol(void * discovery, const void * writer) \
  {return remove_writer(NAME_OF(symbol), discovery, writer);}
#define UNPAIR_WRITER(symbol) \
  bool symbol(void * endpoints, const void * participant, const void * writer, bool lost) \
  {return unpair_writer(NAME_OF(symbol), endpoints, participant, writer, lost);}
#define ANNOUNCE_READER(symbol) \
  bool symbol(void * discovery, void * reader, void * data) \
  {return announce_reader(NAME_OF(symbol), discovery, reader, data);}
#define ANNOUNCE(symbol) void symbol(void * discovery) {announce(NAME_OF(symbol), discovery);}
REMOVE_WRITER(_ZN8eprosima8fastrtps4rtps3PDP21removeWriterProxyDataERKNS1_6GUID_tE)
REMOVE_WRITER(_ZN8eprosima7fastdds4rtps3PDP21removeWriterProxyDataERKNS1_6GUID_tE)
UNPAIR_WRITER(_ZN8eprosima8fastrtps4rtps3EDP17unpairWriterProxyERKNS1_6GUID_tES5_b)
UNPAIR_WRITER(_ZN8eprosima7fastdds4rtps3EDP17unpairWriterProxyERKNS1_6GUID_tES5_b)
ANNOUNCE(_ZN8eprosima8fastrtps4rtps3PDP30set_next_announcement_intervalEv)
ANNOUNCE(_ZN8eprosima7fastdds4rtps3PDP30set_next_announcement_intervalEv)
ANNOUNCE_READER(
  _ZN8eprosima8fastrtps4rtps9EDPSimple27processLocalReaderProxyDataEPNS1_10RTPSReaderEPNS1_15ReaderProxyDataE)

int rcl_node_init(void * node, const char * name, const char * space, void * context, void * options)
{
  block_at("creation");
  int (* original)(void *, const char *, const char *, void *, void *) =
    (int (*)(void *, const char *, const char *, void *, void *))dlsym(RTLD_NEXT, "rcl_node_init");
  return original(node, name, space, context, options);
}
