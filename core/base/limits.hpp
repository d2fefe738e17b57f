#pragma once
// Every bound of the core and what happens at it. Settings of the configuration start from these
// values.

#include <cstddef>
#include <cstdint>

#include "core/base/time.hpp"

namespace tutti::limits {

// Bytes read from one connection in a turn; more waits in the kernel.
inline constexpr std::size_t kReadPerTurn = 64 * 1024;
// Bytes moved from cursors and replies into a connection's staged list; more waits in its feeds.
inline constexpr std::size_t kStagedBytes = 64 * 1024;

// HTTP request line and headers together: 431. A body: 413, unless the operation streams it.
inline constexpr std::size_t kHttpHeaderBytes = 16 * 1024;
inline constexpr std::size_t kHttpBodyBytes = 64 * 1024;
// From the first byte (or the accept) to the end of the headers: 408, closed. The answer to a
// slow-loris.
inline constexpr Duration kHttpHeaderTime = seconds(10);
inline constexpr Duration kHttpBodyTime = seconds(20);
inline constexpr Duration kHttpKeepAlive = seconds(60);
// A peer that takes none of its answer for this long is cut, so that a file it does not read is not
// held open.
inline constexpr Duration kWriteStall = seconds(30);
// The same for audio that is made as it is taken: who paused asks again.
inline constexpr Duration kStreamStall = seconds(10);

// A message of the native wire, after inflation: close 1009.
inline constexpr std::size_t kMessageBytes = 64 * 1024;
// Own replies and control frames waiting for a peer that does not read: close 4001, resume.
inline constexpr std::size_t kOutboxBytes = 1024 * 1024;

// A heartbeat each 25 s, degraded when one is missed, dead after 75 s, idle after 30 s without a
// message.
inline constexpr Duration kHeartbeat = seconds(25);
inline constexpr Duration kDead = seconds(75);
inline constexpr Duration kIdle = seconds(30);
// How long a closing handshake may take before the socket is dropped.
inline constexpr Duration kCloseTime = seconds(5);

// Connections: refused with 429 and Retry-After.
inline constexpr int kUnauthenticatedPerAddress = 32;
inline constexpr int kConnectionsPerAccount = 50;
// Operations of one connection that wait for a job: refused with `busy`.
inline constexpr int kCallsPerConnection = 16;

// A topic's window: a reader behind it gets the whole state again.
inline constexpr std::size_t kTopicFrames = 256;
inline constexpr std::size_t kTopicBytes = 1024 * 1024;

// A stream's window: the time it covers is bounded by whoever appends; a reader behind it goes on
// with what is still to be heard.
inline constexpr std::size_t kMediaFrames = 4096;
inline constexpr std::size_t kMediaBytes = 32 * 1024 * 1024;
// Readers of a stream are served spread over this time, unless a frame is due sooner than
// kMediaSoon.
inline constexpr Duration kMediaSpread = millis(64);
inline constexpr Duration kMediaSoon = seconds(1);

// Job results waiting for the loop; a slot is reserved when the job is submitted, so a result is
// never refused.
inline constexpr std::size_t kInbox = 4096;
// Threads lost to jobs past their deadline before the lane refuses work.
inline constexpr int kMaxStuck = 4;
// Values between an edge and the house in one direction; a full queue stops reading from sockets.
inline constexpr std::size_t kPlaneQueue = 8192;

// Entries of a queue: adding more is refused. Edits that can be undone, and bytes they may hold:
// the oldest is forgotten. Tracks that were played: the oldest is forgotten.
inline constexpr std::size_t kQueueItems = 10'000;
inline constexpr std::size_t kQueueUndo = 20;
inline constexpr std::size_t kQueueUndoBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kQueueHistory = 200;
inline constexpr std::size_t kGroups = 64;

// Answers of the library that are kept: the longest unused goes; a longer one is not kept.
inline constexpr std::size_t kQueryCacheBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kQueryCacheEntry = 512 * 1024;

// Audio over HTTP: so many streams at once; the next waits, then is refused with 503 and when to
// ask again.
inline constexpr std::size_t kStreams = 16;
inline constexpr std::size_t kStreamsWaiting = 256;
inline constexpr Duration kStreamWait = seconds(5);

// Frames are made at most this far ahead of what is heard, in slices of this length.
inline constexpr Duration kPlayAhead = seconds(2);
inline constexpr Duration kSlice = millis(100);
inline constexpr Duration kCrossfadeMost = seconds(15);
inline constexpr Duration kSleepFade = seconds(20);
// Tracks in a row that cannot be played: the group stops.
inline constexpr int kFailuresInARow = 10;
// A position that changes all the time is stored at most so often.
inline constexpr Duration kSaveEvery = seconds(1);

// Redialling: 1 s doubling to 300 s, each with +-20 % jitter.
inline constexpr Duration kDialFirst = seconds(1);
inline constexpr Duration kDialMost = seconds(300);

}  // namespace tutti::limits
