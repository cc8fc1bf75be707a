/* The least that a program which reads captures with libpcap can do: look at every packet and count its bytes. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    char error[PCAP_ERRBUF_SIZE];
    if (count != 2)
        return 64;
    pcap_t *capture = pcap_open_offline(arguments[1], error);
    if (!capture) {
        fprintf(stderr, "%s\n", error);
        return 66;
    }
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned long long packets = 0, total = 0;
    int status;
    while ((status = pcap_next_ex(capture, &header, &bytes)) == 1) {
        packets++;
        total += header->caplen;
    }
    printf("%llu packets, %llu bytes\n", packets, total);
    pcap_close(capture);
    return status == PCAP_ERROR_BREAK ? 0 : 2;
}
