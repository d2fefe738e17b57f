#include <algorithm>
#include <limits>

#include "core/live/edge_conn.hpp"

namespace tutti::live {

void Edge::append(const Append& append) {
  note_write(recorder_, &mirrors_);
  auto found = mirrors_.find(append.feed);
  if (found == mirrors_.end())
    return;  // its last reader has just left; the house does not know yet
  Mirror& mirror = *found->second;
  if (!(mirror.feed.head() == append.position)) mirror.feed.start_at(append.position);
  mirror.feed.append(append.frame);
  while (!mirror.deflated.empty() && mirror.deflated.front().first < mirror.feed.base())
    mirror.deflated.pop_front();
  for (Handle reader : mirror.readers) {
    if (Conn* conn = conns_.edit(reader)) want_write(*conn);
  }
}

void Edge::attach(Conn& conn, const Attach& attach) {
  if (!GUARD("edge.attach_when_live", conn.state.may_send())) {
    ++counters_.sends_not_ready;
    return;
  }
  note_write(recorder_, &mirrors_);
  auto& mirror = mirrors_[attach.feed];
  if (!mirror) {
    mirror = std::make_unique<Mirror>(recorder_);
    mirror->feed.start_at(attach.from);
  }
  Cursor cursor{attach.feed, attach.from, attach.on_lag};
  auto& cursors = conn.outbox.cursors();
  auto held = std::find_if(cursors.begin(), cursors.end(),
                           [&](const Cursor& c) { return c.feed == attach.feed; });
  if (held != cursors.end()) {
    *held = cursor;
  } else {
    cursors.push_back(cursor);
    mirror->readers.push_back(conn.self);
  }
  want_write(conn);
}

void Edge::detach(Conn& conn, FeedId feed) {
  auto& cursors = conn.outbox.cursors();
  auto held =
      std::find_if(cursors.begin(), cursors.end(), [&](const Cursor& c) { return c.feed == feed; });
  if (held == cursors.end()) return;
  note_write(recorder_, &mirrors_);
  cursors.erase(held);
  auto mirror = mirrors_.find(feed);
  INVARIANT(mirror != mirrors_.end());
  std::erase(mirror->second->readers, conn.self);
  if (mirror->second->readers.empty()) mirrors_.erase(mirror);
}

void Edge::leave_all(Conn& conn) {
  while (!conn.outbox.cursors().empty()) detach(conn, conn.outbox.cursors().back().feed);
}

// One frame of each cursor in turn, so that a busy feed does not starve a quiet one.
void Edge::stage_feeds(Conn& conn, Now now, std::size_t budget) {
  auto& cursors = conn.outbox.cursors();
  std::size_t silent = 0;
  if (!cursors.empty()) note_write(recorder_, &mirrors_);  // it keeps what it deflates
  while (silent < cursors.size() && conn.outbox.staged_bytes() < budget) {
    Cursor& cursor = cursors[conn.turn++ % cursors.size()];
    Mirror& mirror = *mirrors_.find(cursor.feed)->second;
    CursorStep step;
    if (!cursor.parked) step = advance(cursor, mirror.feed, now.mono);
    if (step.kind == CursorStep::Kind::lagging) {
      cursor.parked = true;
      up(Lagging{id_of(conn), cursor.feed});
    }
    if (step.kind != CursorStep::Kind::frame) {
      ++silent;
      continue;
    }
    silent = 0;
    ++counters_.frames_out;
    conn.outbox.stage(framed(conn, *step.frame, {cursor.next.value - 1}, &mirror));
  }
}

// The frame as this connection gets it. What many share is compressed once: `mirror` keeps it for
// the others.
Piece Edge::framed(const Conn& conn, const Frame& frame, Position at, Mirror* mirror) {
  Piece piece;
  piece.payload = frame.bytes;
  wire::Opcode opcode =
      frame.frame_class == FrameClass::media ? wire::Opcode::binary : wire::Opcode::text;
  bool compressed = conn.socket->deflate_window > 0 &&
                    wire::worth_deflating(opcode, frame.bytes.size()) &&
                    wire::fits_window(conn.socket->deflate_window, frame.bytes.size());
  if (compressed) {
    Bytes small;
    if (mirror != nullptr) {
      for (const auto& [position, bytes] : mirror->deflated) {
        if (position == at) small = bytes;
      }
    }
    if (small.empty()) {
      small = Bytes(deflater().compress(frame.bytes.view()));
      if (mirror != nullptr) mirror->deflated.emplace_back(at, small);
    }
    piece.payload = small;
  }
  wire::FrameHeader header = wire::frame_header(opcode, true, compressed, piece.payload.size());
  std::copy_n(header.bytes.begin(), header.size, piece.head.begin());
  piece.head_size = header.size;
  return piece;
}

}  // namespace tutti::live
