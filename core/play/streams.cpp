#include "core/play/streams.hpp"

#include "core/base/check.hpp"
#include "core/base/limits.hpp"

namespace tutti::play {
namespace {

constexpr std::size_t kEffects = 4096;
constexpr std::int64_t kRetryMs = 5000;

}  // namespace

Streams::Streams(Random& random, Recorder* recorder, std::size_t slots)
    : random_(random),
      slots_("streams", slots),
      streams_(recorder),
      order_(limits::kStreamsWaiting),
      effects_(kEffects),
      recorder_(recorder) {}

void Streams::effect(Effect effect) { INVARIANT(effects_.push(std::move(effect))); }

std::optional<Streams::Effect> Streams::poll() {
  note_write(recorder_, this);
  if (effects_.empty()) return std::nullopt;
  return effects_.pop();
}

Streams::Stream* Streams::find(StreamId stream) {
  auto found = by_id_.find(stream);
  Stream* entity = found == by_id_.end() ? nullptr : streams_.edit(found->second);
  if (entity == nullptr) stale_.add(1);
  return entity;
}

void Streams::erase(StreamId stream) {
  Handle handle = by_id_.at(stream);
  by_conn_.erase(streams_.edit(handle)->conn);
  by_id_.erase(stream);
  streams_.erase(handle);
}

// One connection has one request in work; what it asked before is over.
void Streams::ask(ConnId conn, const StreamWish& wish, Now now) {
  note_write(recorder_, this);
  closed(conn, now);
  if (wish.codec != StreamCodec::original && order_.full())
    return effect(Refuse{conn, {Code::overloaded, "too many streams are waiting", "", kRetryMs}});
  auto id = random_.id<StreamId>();
  epoch_ = epoch_.next();
  Handle handle = streams_.create(slots_, id, conn, wish, epoch_);
  by_id_[id] = handle;
  by_conn_[conn] = id;
  if (wish.codec == StreamCodec::original) {
    streams_.edit(handle)->phase = Phase::opening;
    return effect(Open{id, wish});
  }
  streams_.edit(handle)->until = now.mono + limits::kStreamWait;
  INVARIANT(order_.push(id));
  admit(now);
}

// First come, first served; who has left meanwhile is passed over.
void Streams::admit(Now now) {
  while (!order_.empty()) {
    auto found = by_id_.find(order_.front());
    if (found == by_id_.end()) {
      order_.pop();
      continue;
    }
    Stream& stream = *streams_.edit(found->second);
    if (stream.until <= now.mono) {
      effect(Refuse{stream.conn,
                    {Code::overloaded, "too many streams play at once", "stop one", kRetryMs}});
      order_.pop();
      erase(stream.id);
      continue;
    }
    if (!GUARD("streams.slot", stream.slot.resize(1))) return;
    order_.pop();
    stream.phase = Phase::opening;
    stream.until = kNever;
    effect(Open{stream.id, stream.wish});
  }
}

void Streams::opened(StreamId id, const Result<void>& outcome, Now now) {
  note_write(recorder_, this);
  Stream* stream = find(id);
  if (stream == nullptr) return;
  INVARIANT(stream->phase == Phase::opening);
  if (!outcome) {
    effect(Refuse{stream->conn, outcome.error()});
    erase(id);
    return admit(now);
  }
  stream->phase = Phase::open;
  effect(Begin{stream->conn, id, stream->wish, stream->epoch});
}

void Streams::over(StreamId id, Now now) {
  note_write(recorder_, this);
  Stream* stream = find(id);
  if (stream == nullptr) return;
  effect(End{id});
  erase(id);
  admit(now);
}

void Streams::closed(ConnId conn, Now now) {
  note_write(recorder_, this);
  auto found = by_conn_.find(conn);
  if (found == by_conn_.end()) return;
  StreamId id = found->second;
  if (find(id)->phase != Phase::waiting) effect(End{id});
  erase(id);
  admit(now);
}

// Who waits longest is first in order.
ServerTime Streams::deadline() const {
  for (std::size_t i = 0; i < order_.size(); ++i) {
    auto found = by_id_.find(order_[i]);
    if (found != by_id_.end()) return streams_.read(found->second)->until;
  }
  return kNever;
}

void Streams::fire(Now now) {
  note_write(recorder_, this);
  admit(now);
}

void Streams::describe(StateWriter& out) const {
  out.number(slots_.used());
  streams_.for_each([&](Handle, const Stream& stream) {
    out.id(stream.id.value);
    out.conn(stream.conn);
    out.number(static_cast<std::uint64_t>(stream.phase));
    out.number(stream.slot.bytes());
    out.time(stream.until);
  });
  out.number(order_.size());
}

}  // namespace tutti::play
