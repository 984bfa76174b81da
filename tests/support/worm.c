/* A shared library with the names of libWormAPI for tests: state objects and answers live here, in C, and are
 * poisoned when they are freed; everything else is passed to the functions a test sets with worm_test_set. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef const unsigned char *Data;
typedef int (*Callback)(const unsigned char *, unsigned, void *);

#define NUMBERS(X)                                                                                                \
    X(capacity) X(size) X(hardwareVersion) X(softwareVersion) X(timeUntilNextSelfTest)                            \
    X(timeUntilNextTimeSynchronization) X(maxTimeSynchronizationDelay) X(startedTransactions)                     \
    X(maxStartedTransactions) X(createdSignatures) X(maxSignatures) X(remainingSignatures) X(registeredClients)   \
    X(maxRegisteredClients)

enum {
#define INDEX(name) number_##name,
    NUMBERS(INDEX) NUMBER_COUNT
};

typedef struct {
    uint64_t expires;
    uint32_t numbers[NUMBER_COUNT];
    int32_t flags[8];
    uint64_t key_length, serial_length;
    unsigned char key[136], serial[32];
    char description[64], form[8];
} WormInfo;

typedef struct {
    uint64_t number, time, counter, signature_length, serial_length;
    unsigned char signature[144], serial[32];
} WormResponse;

/* ---- objects */

WormInfo *worm_info_new(void *context) { return calloc(1, sizeof(WormInfo)); }
WormResponse *worm_transaction_response_new(void *context) { return calloc(1, sizeof(WormResponse)); }
void worm_info_free(WormInfo *info) { memset(info, 0xDD, sizeof *info); }
void worm_transaction_response_free(WormResponse *response) { memset(response, 0xDD, sizeof *response); }

#define NUMBER(name) uint32_t worm_info_##name(const WormInfo *info) { return info->numbers[number_##name]; }
NUMBERS(NUMBER)

#define FLAG(name, at) int worm_info_##name(const WormInfo *info) { return info->flags[at]; }
FLAG(isDevelopmentFirmware, 0)
FLAG(hasValidTime, 1)
FLAG(hasPassedSelfTest, 2)
FLAG(isCtssInterfaceActive, 3)
FLAG(initializationState, 7)
#ifdef SDK6
#define worm_info_tseDescription worm_info_tseCertificationId
#else
FLAG(hasChangedPuk, 4)
FLAG(hasChangedAdminPin, 5)
FLAG(hasChangedTimeAdminPin, 6)
#endif

const char *worm_info_tseDescription(const WormInfo *info) { return info->description; }
const char *worm_info_formFactor(const WormInfo *info) { return info->form; }
uint64_t worm_info_certificateExpirationDate(const WormInfo *info) { return info->expires; }

#define BUFFER(function, type, field)                                                                             \
    void function(const type *object, Data *out, uint64_t *size) {                                                \
        *out = object->field;                                                                                     \
        *size = object->field##_length;                                                                           \
    }
BUFFER(worm_info_tsePublicKey, WormInfo, key)
BUFFER(worm_info_tseSerialNumber, WormInfo, serial)
BUFFER(worm_transaction_response_serialNumber, WormResponse, serial)
BUFFER(worm_transaction_response_signature, WormResponse, signature)

uint64_t worm_transaction_response_logTime(const WormResponse *response) { return response->time; }
uint64_t worm_transaction_response_signatureCounter(const WormResponse *response) { return response->counter; }
uint64_t worm_transaction_response_transactionNumber(const WormResponse *response) { return response->number; }

/* ---- passed on */

#define FUNCTIONS(X)                                                                                              \
    X(const char *, worm_getVersion, (void), ())                                                                  \
    X(const char *, worm_signatureAlgorithm, (void), ())                                                          \
    X(const char *, worm_logTimeFormat, (void), ())                                                               \
    X(int, worm_init, (void **c, const char *p), (c, p))                                                          \
    X(int, worm_cleanup, (void *c), (c))                                                                          \
    X(int, worm_info_read, (WormInfo * i), (i))                                                                   \
    X(int, worm_tse_setup, (void *c, Data s, int sl, Data k, int kl, Data a, int al, Data t, int tl, const char *n), \
      (c, s, sl, k, kl, a, al, t, tl, n))                                                                         \
    X(int, worm_tse_decommission, (void *c), (c))                                                                 \
    X(int, worm_tse_runSelfTest, (void *c, const char *n), (c, n))                                                \
    X(int, worm_tse_updateTime, (void *c, uint64_t t), (c, t))                                                    \
    X(int, worm_tse_registerClient, (void *c, const char *n), (c, n))                                             \
    X(int, worm_tse_deregisterClient, (void *c, const char *n), (c, n))                                           \
    X(int, worm_tse_listRegisteredClients, (void *c, int skip, void *out), (c, skip, out))                        \
    X(int, worm_user_login, (void *c, int u, Data p, int pl, int *r), (c, u, p, pl, r))                           \
    X(int, worm_user_logout, (void *c, int u), (c, u))                                                            \
    X(int, worm_user_unblock, (void *c, int u, Data p, int pl, Data n, int nl, int *r), (c, u, p, pl, n, nl, r))  \
    X(int, worm_user_change_puk, (void *c, Data p, int pl, Data n, int nl, int *r), (c, p, pl, n, nl, r))         \
    X(int, worm_user_change_pin, (void *c, int u, Data p, int pl, Data n, int nl, int *r),                        \
      (c, u, p, pl, n, nl, r))                                                                                    \
    X(int, worm_transaction_start, (void *c, const char *n, Data d, uint64_t dl, const char *t, WormResponse *r), \
      (c, n, d, dl, t, r))                                                                                        \
    X(int, worm_transaction_update,                                                                               \
      (void *c, const char *n, uint64_t no, Data d, uint64_t dl, const char *t, WormResponse *r),                 \
      (c, n, no, d, dl, t, r))                                                                                    \
    X(int, worm_transaction_finish,                                                                               \
      (void *c, const char *n, uint64_t no, Data d, uint64_t dl, const char *t, WormResponse *r),                 \
      (c, n, no, d, dl, t, r))                                                                                    \
    X(int, worm_transaction_listStartedTransactions,                                                              \
      (void *c, const char *n, int skip, uint64_t *out, int room, int *stored), (c, n, skip, out, room, stored))  \
    X(void *, worm_entry_new, (void *c), (c))                                                                     \
    X(void, worm_entry_free, (void *e), (e))                                                                      \
    X(int, worm_entry_iterate_last, (void *e), (e))                                                               \
    X(int, worm_entry_iterate_id, (void *e, uint32_t n), (e, n))                                                  \
    X(int, worm_entry_isValid, (void *e), (e))                                                                    \
    X(uint32_t, worm_entry_id, (void *e), (e))                                                                    \
    X(int, worm_entry_type, (void *e), (e))                                                                       \
    X(uint64_t, worm_entry_logMessageLength, (void *e), (e))                                                      \
    X(int, worm_entry_readLogMessage, (void *e, unsigned char *out, uint64_t n), (e, out, n))                     \
    X(int, worm_getLogMessageCertificate, (void *c, unsigned char *out, uint32_t *n), (c, out, n))                \
    X(int, worm_export_tar, (void *c, Callback take, void *user), (c, take, user))                                \
    X(int, worm_export_deleteStoredData, (void *c), (c))

#define DEFINE(result, name, parameters, arguments)                                                               \
    static result(*set_##name) parameters;                                                                        \
    result name parameters { return set_##name arguments; }
FUNCTIONS(DEFINE)

int worm_test_set(const char *wanted, void *function) {
#define SET(result, name, parameters, arguments)                                                                  \
    if (!strcmp(wanted, #name)) {                                                                                 \
        memcpy(&set_##name, &function, sizeof function);                                                          \
        return 1;                                                                                                 \
    }
    FUNCTIONS(SET)
    return 0;
}
