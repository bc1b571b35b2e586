/* SIGINT and SIGTERM: the first one asks the command to stop at its next safe point, the second one ends the
 * process at once (nothing is lost: the journal shares its transactions with the work). SIGPIPE is ignored. */
#ifndef KEEL_CLI_SIGNALS_H
#define KEEL_CLI_SIGNALS_H

void keel_signals_install(void);

#endif
