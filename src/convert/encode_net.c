/* inet and cidr: family, bits, is-cidr, address size, address. */
#include <arpa/inet.h>

#include "convert/encoder.h"

enum { LONGEST_ADDRESS = 64, FAMILY_4 = 2, FAMILY_6 = 3 };

typedef struct network {
    int family, bits, most_bits;
    unsigned char address[16];
} network;

/* "/0".."/128" without leading zeros */
static bool parse_bits(const char *text, network *net)
{
    int bits = 0;

    if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        bits = bits * 10 + (*text - '0');
        if (bits > net->most_bits)
            return false;
    }
    net->bits = bits;
    return true;
}

static bool parse_network(const keel_cell *cell, network *net)
{
    char text[LONGEST_ADDRESS];

    if (cell->size >= sizeof text || memchr(cell->bytes, 0, cell->size) != NULL)
        return false;
    memcpy(text, cell->bytes, cell->size);
    text[cell->size] = '\0';
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    if (inet_pton(AF_INET, text, net->address) == 1) {
        net->family = FAMILY_4;
        net->most_bits = net->bits = 32;
    } else if (inet_pton(AF_INET6, text, net->address) == 1) {
        net->family = FAMILY_6;
        net->most_bits = net->bits = 128;
    } else {
        return false;
    }
    return slash == NULL || parse_bits(slash + 1, net);
}

static bool host_bits_set(const network *net)
{
    for (int bit = net->bits; bit < net->most_bits; bit++) {
        if ((net->address[bit / 8] >> (7 - bit % 8) & 1) != 0)
            return true;
    }
    return false;
}

static keel_misfit_code put_network(const keel_encoding *encoding, bool cidr)
{
    network net;

    if (encoding->cell->class != KEEL_CELL_TEXT)
        return KEEL_MISFIT_CLASS_;
    if (encoding->cell->size == 0 || !parse_network(encoding->cell, &net))
        return KEEL_MISFIT_SYNTAX_;
    if (cidr && host_bits_set(&net))
        return KEEL_MISFIT_SYNTAX_;
    unsigned char size = (unsigned char)(net.most_bits / 8);
    unsigned char head[] = {(unsigned char)net.family, (unsigned char)net.bits, cidr, size};
    keel_put_bytes(encoding->out, head, sizeof head);
    keel_put_bytes(encoding->out, net.address, size);
    return KEEL_FITS;
}

keel_misfit_code keel_encode_inet(const keel_encoding *encoding)
{
    return put_network(encoding, false);
}

keel_misfit_code keel_encode_cidr(const keel_encoding *encoding)
{
    return put_network(encoding, true);
}
