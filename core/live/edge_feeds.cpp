#include <algorithm>
#include <limits>

#include "core/live/edge_conn.hpp"

namespace tutti::live {

namespace {

// Where in the spread a connection stands: neighbours far apart.
Duration phase_of(Handle conn) {
  constexpr std::uint32_t kGolden = 2'654'435'769;  // 2^32 over the golden ratio
  std::uint64_t turn = conn.slot * kGolden & 0xffff'ffff;
  return {
      static_cast<std::int64_t>(turn * static_cast<std::uint64_t>(limits::kMediaSpread.us) >> 32)};
}

}  // namespace

void Edge::append(const Append& append, Now now) {
  note_write(recorder_, &mirrors_);
  auto found = mirrors_.find(append.feed);
  if (found == mirrors_.end())
    return;  // its last reader has just left; the house does not know yet
  Mirror& mirror = *found->second;
  if (!(mirror.feed.head() == append.position)) mirror.feed.start_at(append.position);
  mirror.feed.append(append.frame);
  while (!mirror.deflated.empty() && mirror.deflated.front().first < mirror.feed.base())
    mirror.deflated.pop_front();
  // A frame that is heard much later needs not go to all of its readers in one turn.
  bool media = append.frame.frame_class == FrameClass::media;
  bool spread = media && append.frame.deadline - now.mono > limits::kMediaSoon;
  for (Handle reader : mirror.readers) {
    Conn* conn = conns_.edit(reader);
    if (conn != nullptr && spread) serve_later(*conn, now.mono + phase_of(reader));
    else if (conn != nullptr) want_write(*conn);
  }
}

void Edge::serve_later(Conn& conn, ServerTime at) {
  if (conn.media_at <= at) return;
  conn.media_at = at;
  timers_.arm(timer(conn, kMediaTimer), at);
}

void Edge::attach(Conn& conn, const Attach& attach) {
  if (!GUARD("edge.attach_when_live", conn.state.may_send())) {
    ++counters_.sends_not_ready;
    return;
  }
  note_write(recorder_, &mirrors_);
  auto& mirror = mirrors_[attach.feed];
  if (!mirror) {
    mirror = std::make_unique<Mirror>(attach.on_lag == OnLag::skip, recorder_);
    mirror->feed.start_at(attach.from);
  }
  Reader cursor{{attach.feed, attach.from, attach.on_lag}};
  if (attach.capacity > 0) cursor.holding.emplace(attach.capacity);
  auto& cursors = conn.outbox.cursors();
  auto of = [&](FeedId feed) {
    return std::find_if(cursors.begin(), cursors.end(),
                        [&](const Reader& c) { return c.feed == feed; });
  };
  if (auto before = of(attach.succeeds); before != cursors.end()) {
    if (before->holding && cursor.holding) cursor.holding->follow(*before->holding);
    detach(conn, attach.succeeds);
  }
  auto held = of(attach.feed);
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
      std::find_if(cursors.begin(), cursors.end(), [&](const Reader& c) { return c.feed == feed; });
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
    Reader& cursor = cursors[conn.turn++ % cursors.size()];
    Mirror& mirror = *mirrors_.find(cursor.feed)->second;
    CursorStep step;
    if (!cursor.parked) step = next_frame(conn, cursor, mirror, now);
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

// Nothing while the peer cannot hold it: then when it can, or when the frame has become worthless.
CursorStep Edge::next_frame(Conn& conn, Reader& reader, Mirror& mirror, Now now) {
  if (!reader.holding) return advance(reader, mirror.feed, now.mono);
  if (reader.next < mirror.feed.base()) {
    counters_.late_frames += mirror.feed.base().value - reader.next.value;
    reader.next = mirror.feed.base();
  }
  const Frame* frame = mirror.feed.at(reader.next);
  for (; frame != nullptr && frame->deadline < now.mono; frame = mirror.feed.at(reader.next)) {
    ++counters_.late_frames;
    ++reader.next.value;
  }
  if (frame == nullptr) return {};
  if (!reader.holding->takes(frame->bytes.size(), now.mono)) {
    serve_later(conn, std::min(reader.holding->frees_at(), frame->deadline + Duration{1}));
    return {};
  }
  reader.holding->sent(frame->bytes.size(), frame->used_at);
  ++reader.next.value;
  return {CursorStep::Kind::frame, frame, 0};
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
