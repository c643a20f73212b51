#pragma once
/*
 * behaviour: what a request asks of the test provider, written into the model's name, so that many
 * tests share one server:  test?words=64&first=200&token=10&status=429&times=2&cut=5
 *
 *   words=N    length of the answer in words [16]
 *   first=MS   wait before the first token (or the whole answer, or the vectors) [0]
 *   token=MS   wait between tokens [0]
 *   status=N   fail with this status; times=N only the first N times this model name is asked [all]
 *   quota=1    such a failure is for want of money, not of patience
 *   picky=1    temperature and max_tokens are refused, as newer models do
 *   after=S    Retry-After of such a failure, in seconds [none]
 *   cut=N      close the connection after N tokens
 *   error=N    an error event after N tokens
 *   trickle=1  every byte of the stream on its own
 *   echo=1     the answer is the last user message
 *   wide=1     words of 32 control characters, each six bytes in JSON
 *   lies=1     the usage is the largest number for the prompt, and less than nothing for the answer
 *   flood=N    bytes without an end in place of an answer, of the kind N (flood.c)
 *   mix=1      30 % of the requests fail with 429, 5 % with 500, and 2 % are cut
 *   script=1   tools are called as the question says (script.h); script=2: in words
 *   dims=N     length of an embedding [1536]
 *   html=1     a failure is a page of HTML
 *   date=1     Retry-After is a date
 *   turned=1   a whole answer when a stream is asked for, and a stream for a whole one
 *   cr=1       lines of a stream end in CR alone
 *   split=1    words are cut within their characters, which are of two to four bytes
 *   gzip=1     the answer is compressed, though nobody asked for it
 *   open=1     the connection stays open behind the end of a stream, with a comment each 200 ms
 *   plain=1    a message of the system is refused, as templates without its role do
 *   long=N     a prompt of more than N bytes is refused as too long
 *   play=NAME  a case of tests/data/completion.cases (play.h), in place of all of these
 *
 * A failure with status=200 is an error in place of an answer.
 */
struct behaviour {
    int words, first_ms, token_ms, status, times, quota, picky, after_s, cut, error, trickle, echo,
        wide, lies, flood, dims, mix, html, date, turned, cr, split, gzip, open, plain, longest,
        script;
};

void behaviour_parse(const char *model, struct behaviour *ret);
