#include "core/live/outbox.hpp"

#include "core/base/check.hpp"

namespace tutti::live {

bool Outbox::push(Piece piece, std::size_t most) {
  std::size_t size = piece.size();
  if (queued_bytes_ + size > most || queue_.full() || !charge_.resize(charge_.bytes() + size))
    return false;
  queued_bytes_ += size;
  return queue_.push(std::move(piece));
}

bool Outbox::push_front(Piece piece) {
  // Control frames are few and small: rotating the queue is cheaper than a second one in every
  // connection.
  std::size_t others = queue_.size();
  if (!push(std::move(piece))) return false;
  for (; others > 0; --others) INVARIANT(queue_.push(queue_.pop()));
  return true;
}

void Outbox::stage_own(std::size_t budget) {
  while (!queue_.empty() && staged_bytes_ < budget && !staged_.full()) {
    staged_bytes_ += queue_.front().size();
    INVARIANT(staged_.push({queue_.pop(), true}));
  }
}

void Outbox::stage(Piece piece) {
  staged_bytes_ += piece.size();
  INVARIANT(staged_.push({std::move(piece), false}));
}

void Outbox::views(std::vector<ByteView>& out) const {
  std::size_t skip = front_sent_;
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    const Piece& piece = staged_[i].piece;
    if (skip < piece.head_size)
      out.push_back(ByteView(piece.head).subspan(skip, piece.head_size - skip));
    std::size_t into = skip > piece.head_size ? skip - piece.head_size : 0;
    if (into < piece.payload.size()) out.push_back(piece.payload.view().subspan(into));
    skip = 0;
  }
}

void Outbox::wrote(std::size_t bytes) {
  INVARIANT(bytes <= staged_bytes_);
  staged_bytes_ -= bytes;
  bytes += front_sent_;
  std::size_t own = 0;
  while (!staged_.empty() && bytes >= staged_.front().piece.size()) {
    Staged done = staged_.pop();
    bytes -= done.piece.size();
    if (done.own) own += done.piece.size();
  }
  front_sent_ = bytes;
  queued_bytes_ -= own;
  INVARIANT(own == 0 || charge_.resize(charge_.bytes() - own));
}

void Outbox::cut() {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < queue_.size(); ++i) bytes += queue_[i].size();
  queue_.clear();
  cursors_ = {};
  queued_bytes_ -= bytes;
  INVARIANT(charge_.resize(charge_.bytes() - bytes));
}

void Outbox::describe(StateWriter& out, const std::function<Position(FeedId)>& head_of) const {
  auto piece = [&](const Piece& p) {
    out.text(as_text(ByteView(p.head).first(p.head_size)));
    out.text(p.payload.text());
  };
  out.number(queue_.size());
  for (std::size_t i = 0; i < queue_.size(); ++i) piece(queue_[i]);
  out.number(staged_.size());
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    piece(staged_[i].piece);
    out.number(staged_[i].own);
  }
  out.number(front_sent_);
  out.number(cursors_.size());
  for (const Reader& cursor : cursors_) {
    out.id(cursor.feed.value);
    out.position(cursor.next, head_of(cursor.feed));
    out.number(cursor.parked);
    if (cursor.holding) cursor.holding->describe(out);
  }
}

}  // namespace tutti::live
