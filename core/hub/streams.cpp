// Audio over HTTP: questions, answers, files in ranges. Who may play when is decided in core/play.
#include "core/api/server.hpp"
#include "core/base/check.hpp"
#include "core/hub/house.hpp"

namespace tutti::hub {

Result<void> House::open_stream(const api::Context& context, const play::StreamWish& wish) {
  stream_replies_[asking_.conn] = asking_;
  streams_.ask(asking_.conn, wish, context.now);
  return {};
}

bool House::stream_job_done(JobDone& done, Now now) {
  auto found = stream_jobs_.find(done.token);
  if (found == stream_jobs_.end()) return false;
  StreamId stream = found->second;
  stream_jobs_.erase(found);
  Result<void> outcome;
  if (!done.result) outcome = std::unexpected(done.result.error());
  else opened_streams_[stream] = std::get<OpenedStream>(std::move(*done.result));
  streams_.opened(stream, outcome, now);
  drain_streams(now);
  // Its listener left while it was being opened: what was opened for nobody is let go.
  if (opened_streams_.erase(stream) > 0) effect(CloseStream{stream});
  return true;
}

void House::stream_over(StreamId stream, Now now) {
  note_write(recorder_, this);
  streams_.over(stream, now);
  drain_streams(now);
}

void House::drain_streams(Now now) {
  while (auto next = streams_.poll()) {
    if (auto* open = std::get_if<play::Streams::Open>(&*next)) {
      auto token = random_.id<JobToken>();
      stream_jobs_[token] = open->stream;
      effect(JobRequest{token, OpenStreamJob{open->stream, open->wish}});
    } else if (auto* begin = std::get_if<play::Streams::Begin>(&*next)) {
      begin_stream(*begin, now);
    } else if (auto* refusal = std::get_if<play::Streams::Refuse>(&*next)) {
      stream_replies_.erase(refusal->conn);
      refuse(refusal->conn, refusal->error);
    } else {
      effect(CloseStream{std::get<play::Streams::End>(*next).stream});
    }
  }
}

void House::begin_stream(const play::Streams::Begin& begin, Now now) {
  auto to = stream_replies_.extract(begin.conn);
  auto opened = opened_streams_.extract(begin.stream);
  INVARIANT(!to.empty() && !opened.empty());
  std::vector<wire::HttpHeader> headers{{"Tutti-Stream", std::string(enum_name(begin.wish.type))},
                                        {"Tutti-Epoch", std::to_string(begin.epoch.number())}};
  if (opened.mapped().file) {
    send_file(begin.conn, to.mapped().wanted, *opened.mapped().file, std::move(headers));
    return streams_.over(begin.stream, now);  // the edge has all it needs
  }
  headers.push_back({"Content-Type", opened.mapped().type});
  headers.push_back({"X-Content-Type-Options", "nosniff"});
  headers.push_back({"Accept-Ranges", "none"});
  headers.push_back({"Cache-Control", "no-store"});
  wire::HttpResponse head{200, std::move(headers), {}};
  down(begin.conn.edge, live::Respond{begin.conn, std::move(head), live::LiveBody{begin.stream}});
}

}  // namespace tutti::hub
